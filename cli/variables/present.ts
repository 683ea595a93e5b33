/** The inventory of an environment's files: where each value comes from, and when it changed. */
import type { LoadedEnvironment } from "../../model/load.ts";
import { type Changes, witnessText } from "./change.ts";
import { inventoryOf } from "./inventory.ts";
import type { PrintedInventory } from "./printed.ts";
import { sourcesOfVariables } from "./written-at.ts";

interface Wanted {
  /** Ask no agent. */
  readonly offline: boolean;
  /** Tell more than values; without it nobody is asked anything. */
  readonly tellsMore: boolean;
}

export async function presentInventory(
  environment: LoadedEnvironment,
  { offline, tellsMore }: Wanted,
): Promise<PrintedInventory> {
  const { name } = environment;
  const inventory = inventoryOf(environment.release);
  if (!tellsMore) return { environment: name, variables: inventory, beside: { lines: [], json: {} } };
  const { changesOf } = await import("./changes.ts");
  const { witness, of }: Changes = await changesOf(environment, inventory, offline);
  const sources = sourcesOfVariables(environment);
  const variables = inventory.map((entry) => {
    const [source, changed] = [sources.get(entry.name), of.get(entry.name)];
    return { ...entry, ...(source && { source }), ...(changed && { changed }) };
  });
  return {
    environment: name,
    variables,
    beside: { lines: [witnessText(witness)], json: { changes: witness } },
  };
}
