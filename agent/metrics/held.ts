/** How many writes are held, and since when, for the metrics. */
import type { Time } from "../../model/time.ts";
import type { Store } from "../store/schema.ts";

/** Of each connector that has any. */
export async function heldNow(
  store: Store,
): Promise<readonly { readonly connector: string; readonly count: number; readonly oldest: Time }[]> {
  const rows = await store
    .selectFrom("holds")
    .select([
      "connector",
      ({ fn }) => fn.countAll<number>().as("count"),
      ({ fn }) => fn.min("since").as("oldest"),
    ])
    .where("state", "=", "pending")
    .groupBy("connector")
    .execute();
  return rows.map(({ connector, count, oldest }) => ({
    connector,
    count: Number(count),
    oldest: Number(oldest),
  }));
}
