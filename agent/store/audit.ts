/** The audit: one row for each write, done or refused, in whichever direction it came. */
import type { AuditRow } from "../../api/contract.ts";
import type { Store } from "./schema.ts";

export type AuditEntry = Omit<AuditRow, "sequence"> & { readonly release: string | null };

/** Adds rows in their order. Inside a transaction, they stand and fall with the writes. */
export async function writeAudit(store: Store, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length > 0) await store.insertInto("audit").values(entries).execute();
}

/** The rows after a sequence number, oldest first, at most `limit`. */
export async function readAudit(store: Store, after: number, limit: number): Promise<AuditRow[]> {
  return store
    .selectFrom("audit")
    .select(["sequence", "at", "actor", "operation", "target", "outcome", "status", "detail"])
    .where("sequence", ">", after)
    .orderBy("sequence")
    .limit(limit)
    .execute();
}
