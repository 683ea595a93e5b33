/**
 * That the log beside the store's file is of that file. SQLite puts the pages of whatever log it finds over the file, so that an old
 * copy beside the log of a killed agent would be a mixture of both, and nobody could tell. So each start writes a mark of its own into
 * the file, in two places: the one is on a page of its own that nothing else is written to, and the other one goes into every log with
 * the clock.
 */
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Store } from "./schema.ts";

/**
 * Looks whether both say the same. Nothing is written.
 *
 * @throws {Error} with a sentence, where they do not
 */
export async function checkRun(store: Store, file: string): Promise<void> {
  const columns = await sql<{ name: string }>`SELECT name FROM pragma_table_info('clock')`.execute(store);
  // one of a version before has none
  if (!columns.rows.some(({ name }) => name === "run")) return;
  const last = await store.selectFrom("clock").select("run").executeTakeFirst();
  const first = await store.selectFrom("runs").select("run").executeTakeFirst();
  if (!last || last.run === (first?.run ?? null)) return;
  throw new Error(
    `${file}-wal is the log of another store.db than the one beside it (expected the store.db that it was written with; where this one is a copy that was put back, take ${file}-wal and ${file}-shm away)`,
  );
}

/** Marks the file anew, and has the log begin anew. A start needs no room on the disk: where there is none, the mark of before stays. */
export async function beginRun(store: Store): Promise<void> {
  const run = randomUUID();
  const mark = store.transaction().execute(async (store) => {
    const { numUpdatedRows } = await store.updateTable("clock").set({ run }).executeTakeFirst();
    // a new store has no clock yet, and there is no copy of it
    if (numUpdatedRows === 0n) return;
    await store
      .insertInto("runs")
      .values({ id: 1, run })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ run }))
      .execute();
  });
  // as long as it is: it is room for removals on a full disk
  await mark.then(() => sql`PRAGMA wal_checkpoint(RESTART)`.execute(store)).catch(() => undefined);
}

/**
 * Writes what is in the log beside the file into the file: whoever copies it alone then has all of it, and whoever puts a copy of it
 * back finds no log of another one. It is done when it can be.
 */
export async function putTogether(store: Store): Promise<void> {
  await sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(store).catch(() => undefined);
}
