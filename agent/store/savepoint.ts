/** Work inside a transaction that may have to be taken back alone. */
import { sql } from "kysely";
import type { Store } from "./schema.ts";

/** The whole transaction is gone, such as by a full disk: nothing may be added to it. */
export class TransactionLost extends Error {}

/**
 * Does the work, and takes back what it wrote unless its result is one to keep. What was written before it in the same
 * transaction stays.
 *
 * @throws {TransactionLost} when the transaction cannot go on
 */
export async function tentatively<R>(
  store: Store,
  work: () => Promise<R>,
  isKept: (result: R) => boolean,
): Promise<R> {
  await begin.execute(store);
  let ending = rollBack;
  try {
    const result = await work();
    if (isKept(result)) ending = release;
    return result;
  } finally {
    await end(store, ending);
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
