/** Work inside a transaction that may have to be taken back alone. */
import type { RawBuilder } from "kysely";
import { dialectOf } from "./dialect.ts";
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
  const { savepoint } = dialectOf(store);
  await savepoint.set.execute(store);
  let ending = savepoint.rollBack;
  try {
    const result = await work();
    if (isKept(result)) ending = savepoint.release;
    return result;
  } finally {
    await end(store, ending);
  }
}

async function end(store: Store, statement: RawBuilder<unknown>): Promise<void> {
  try {
    await statement.execute(store);
  } catch (cause) {
    throw new TransactionLost("the store ended the transaction", { cause });
  }
}
