/** An approver says that a connector is in order: its quarantine is over. */
import type { Surroundings } from "../../releases/surroundings.ts";
import type { QuarantineOperation } from "../operation.ts";
import { noDifference, type Outcome, refused } from "../outcome.ts";

/** Performs it. */
export async function endQuarantine(
  { id: connector, reason }: QuarantineOperation,
  { store }: Surroundings,
): Promise<Outcome<null>> {
  const gone = await store.deleteFrom("quarantines").where("connector", "=", connector).executeTakeFirst();
  if (gone.numDeletedRows === 0n)
    return refused("notQuarantined", `connector ${connector.slice(0, 100)} is not quarantined`);
  return {
    ...{ kind: "done", resource: null, target: connector, changes: [], ignored: [], warnings: [] },
    effect: { of: "ended quarantine", connector, reason },
    difference: noDifference,
  };
}
