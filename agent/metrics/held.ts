/** How many writes are held, for the metrics: by what failures remember of them. */
import type { Time } from "../../model/time.ts";
import { standingFailures } from "../operations/failures/standing.ts";
import type { Store } from "../store/schema.ts";

/** Of each connector that has any. */
export async function heldNow(
  store: Store,
  now: Time,
): Promise<readonly { readonly connector: string; readonly count: number }[]> {
  const counts = new Map<string, number>();
  for (const { connector, what, standing } of await standingFailures(store, now))
    if (what === "held") counts.set(connector, (counts.get(connector) ?? 0) + standing);
  return [...counts].map(([connector, count]) => ({ connector, count }));
}
