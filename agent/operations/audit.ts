/** The audit: one row for each write, done or refused, in whichever direction it came. */
import type { AuditRow } from "../../api/contract.ts";
import type { Store } from "../store/schema.ts";

export type AuditEntry = Omit<AuditRow, "sequence"> & { readonly release: string | null };

/** Adds rows in their order. Inside a transaction, they stand and fall with the writes. */
export async function writeAudit(store: Store, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length > 0) await store.insertInto("audit").values(entries).execute();
}

const columns = ["sequence", "at", "actor", "operation", "target", "outcome", "status", "detail"] as const;

/** The rows after a sequence number, oldest first, at most `limit`. */
export async function readAudit(store: Store, after: number, limit: number): Promise<AuditRow[]> {
  return store
    .selectFrom("audit")
    .select(columns)
    .where("sequence", ">", after)
    .orderBy("sequence")
    .limit(limit)
    .execute();
}

/** The newest rows, oldest of them first, at most `limit`. */
export async function readLatestAudit(store: Store, limit: number): Promise<AuditRow[]> {
  const rows = await store
    .selectFrom("audit")
    .select(columns)
    .orderBy("sequence", "desc")
    .limit(limit)
    .execute();
  return rows.reverse();
}
