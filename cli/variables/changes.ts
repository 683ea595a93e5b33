/** When the variables of an environment changed last: by the agent where it answers, else by the revisions of the files. */
import type { LoadedEnvironment } from "../../model/load.ts";
import { connectAgent } from "../../provider/connect.ts";
import { changesByReleases } from "./by-releases.ts";
import { changesByRevisions } from "./by-revisions.ts";
import type { Changes } from "./change.ts";
import type { InventoryEntry } from "./inventory.ts";

/** In which the agent answers each question, or the revisions are asked: a table is not waited for. */
const patience = 5_000;

/** @param offline ask no agent */
export async function changesOf(
  environment: LoadedEnvironment,
  inventory: readonly InventoryEntry[],
  offline: boolean,
): Promise<Changes> {
  const asked = offline ? "--offline asks nobody" : await askAgent(environment, inventory);
  if (typeof asked !== "string") return asked;
  const found = await changesByRevisions(environment.valueSources);
  return found
    ? { witness: { from: "revisions", why: asked }, of: found }
    : {
        witness: { from: "nobody", why: `${asked}; and the files are in no checkout of Mercurial or Git` },
        of: new Map(inventory.map(({ name }) => [name, { known: "unknown", why: "not known" }])),
      };
}

/** What the agent says, or why it says nothing. */
async function askAgent(
  { name, release }: LoadedEnvironment,
  inventory: readonly InventoryEntry[],
): Promise<Changes | string> {
  const { agent } = release.settings.delivery;
  if (!agent) return `${name} is delivered by a command`;
  const connected = await connectAgent(agent, name, { until: performance.now() + patience });
  if (!connected.ok) return connected.error.reason;
  const changes = await changesByReleases(connected.value, inventory);
  return changes.ok ? { witness: { from: "agent" }, of: changes.value } : changes.error;
}
