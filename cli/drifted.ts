/** Whether a release that is active already is to be made active again. */
import type { AdminClient } from "../api/client.ts";

/** What is told before it is. */
export const drifted = "Mercurial does not go by it: the access file is made anew";

/** Whether Mercurial does not go by the active release, or refuses everything. An agent that cannot say it says nothing against it. */
export async function isDrifted(client: Pick<AdminClient, "verification">): Promise<boolean> {
  const looked = await client.verification();
  return looked.ok && (looked.value.differs || looked.value.state === "shut");
}
