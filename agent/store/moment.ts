/** Several reads of one state of the store. */
import type { Store } from "./schema.ts";

/** Reads in a transaction of its own: however many queries it takes, none sees what is committed after the first one. */
export function inOneMoment<T>(reads: Store, read: (store: Store) => Promise<T>): Promise<T> {
  // SQLite has no other level, and takes no notice
  return reads.transaction().setIsolationLevel("repeatable read").execute(read);
}
