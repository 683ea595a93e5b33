/**
 * A store that is older than the access file: a copy from before was put in its place, and what was acknowledged since is not in
 * it. It is marked so until a release is activated, for its audit soon is longer than the one that was lost.
 */
import { z } from "zod";
import type { Time } from "../../model/time.ts";
import { renewLineage } from "./lineage.ts";
import type { Store } from "./schema.ts";

const Mark = z.object({
  ended: z.number().describe("The number of the newest row of its audit."),
  seen: z.number().describe("That of the newest one that the access file has seen."),
  at: z.number().exactOptional().describe("What time it was by the store."),
});

/** How a store is known as one. */
export type RestoredStore = z.infer<typeof Mark>;

const key = "restored";

/** Whether the store is one, and nobody has accepted it. */
export async function restoredStore(store: Store): Promise<RestoredStore | undefined> {
  const row = await store.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  return row && Mark.catch({ ended: 0, seen: 0 }).parse(parsed(row.value));
}

/** When something was seen that a store does not know: of one from before at the earliest, for nobody knows when since. */
export async function seenAt(store: Store, now: Time): Promise<Time> {
  const restored = await restoredStore(store);
  return Math.min(now, restored?.at ?? now);
}

/** Marks it as one. */
export async function markRestored(store: Store, restored: RestoredStore): Promise<void> {
  const value = JSON.stringify(restored);
  await store
    .insertInto("meta")
    .values({ key, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}

/** What it gives was accepted. What was approved of the store that it is a copy of was not approved of this one. */
export async function acceptRestored(store: Store): Promise<void> {
  const { numDeletedRows } = await store.deleteFrom("meta").where("key", "=", key).executeTakeFirst();
  if (numDeletedRows > 0n) await renewLineage(store);
}

/** What is told of it. */
export function describeRestored({ ended, seen }: RestoredStore): string {
  return `the store is a copy from before: the store ends at ${ended} of the audit, and the access file has seen ${seen}; until a deploy accepts the copy nobody has more than both give`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
