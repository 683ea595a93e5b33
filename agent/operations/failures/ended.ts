/** What is held fails for as long as it waits: whatever ends it ends that, in the same transaction. */
import { sql } from "kysely";
import { dialectOf } from "../../store/dialect.ts";
import type { Store } from "../../store/schema.ts";

/** Has nobody fail any more by these holds. */
export async function endFailing(store: Store, holds: readonly string[]): Promise<void> {
  const { listOf } = dialectOf(store);
  const ofThese = sql<boolean>`hold IN (SELECT value FROM ${listOf(holds)})`;
  const counts = await store
    .selectFrom("failing")
    .select(["failure", ({ fn }) => fn.countAll<number>().as("count")])
    .where("standing", "=", 1)
    .where(ofThese)
    .groupBy("failure")
    .execute();
  for (const { failure, count } of counts)
    await store
      .updateTable("failures")
      .set(({ eb }) => ({ standing: eb("standing", "-", Number(count)) }))
      .where("id", "=", failure)
      .execute();
  if (counts.length > 0)
    await store
      .updateTable("failing")
      .set({ standing: 0 })
      .where("standing", "=", 1)
      .where(ofThese)
      .execute();
}
