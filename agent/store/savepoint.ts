/** Work inside a transaction that may have to be taken back alone. */
import { sql } from "kysely";
import type { Store } from "./schema.ts";

/** The whole transaction is gone, such as by a full disk: nothing may be added to it. */
export class TransactionLost extends Error {}

/**
 * Does the work, and takes back what it wrote when it answers that it failed, or throws. What was written before it in
 * the same transaction stays.
 *
 * @throws {TransactionLost} when the transaction cannot go on
 */
export async function tentatively<R extends { readonly ok: boolean }>(
  store: Store,
  work: () => Promise<R>,
): Promise<R> {
  await begin.execute(store);
  let result: R | undefined;
  try {
    result = await work();
    return result;
  } finally {
    await end(store, result?.ok ? release : rollBack);
  }
}

async function end(store: Store, statement: typeof release): Promise<void> {
  try {
    await statement.execute(store);
  } catch (cause) {
    throw new TransactionLost("the store ended the transaction", { cause });
  }
}

// none lies in another one, so that one name will do
const begin = sql`SAVEPOINT work`;
const release = sql`RELEASE work`;
const rollBack = sql`ROLLBACK TO work`;
