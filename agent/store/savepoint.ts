/** Work inside a transaction that may have to be taken back alone. */
import type { RawBuilder } from "kysely";
import { dialectOf } from "./dialect.ts";
import type { Store } from "./schema.ts";

/** The whole transaction is gone, such as by a full disk: nothing may be added to it. */
export class TransactionLost extends Error {}

/**
 * Does the work, and takes back what it wrote unless its result is one to keep. What was written before it in the same
 * transaction stays. The work may do some of its own tentatively.
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
  // what was rolled back to is there yet: whoever rolls back further would only come as far as that
  let endings = [savepoint.rollBack, savepoint.release];
  try {
    const result = await work();
    if (isKept(result)) endings = [savepoint.release];
    return result;
  } finally {
    await end(store, endings);
  }
}

async function end(store: Store, statements: readonly RawBuilder<unknown>[]): Promise<void> {
  try {
    for (const statement of statements) await statement.execute(store);
  } catch (cause) {
    throw new TransactionLost("the store ended the transaction", { cause });
  }
}
