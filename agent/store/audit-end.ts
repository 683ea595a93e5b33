/** How far the audit is: every write adds a row to it, so that whoever has looked knows whether anything is other than it was. */
import type { Store } from "./schema.ts";

/** The number of the newest row; 0 where there is none. */
export async function newestAudit(store: Store): Promise<number> {
  const { newest } = await store
    .selectFrom("audit")
    .select(({ fn }) => fn.max<number | null>("sequence").as("newest"))
    .executeTakeFirstOrThrow();
  return newest ?? 0;
}

/** Whether anything was done since a row: what is refused has changed nothing. */
export async function isChangedSince(store: Store, audit: number): Promise<boolean> {
  const done = await store
    .selectFrom("audit")
    .select("sequence")
    .where("sequence", ">", audit)
    .where("outcome", "=", "done")
    .limit(1)
    .executeTakeFirst();
  return done !== undefined;
}
