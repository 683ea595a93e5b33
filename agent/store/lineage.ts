/** Which store it is: by a random word that was made with it, so that what was approved of one is not taken for another's. */
import { randomBytes } from "node:crypto";
import type { Store } from "./schema.ts";

const key = "lineage";

/** The word, 32 hexadecimal digits; undefined where somebody has taken it out. */
export async function lineageOf(store: Store): Promise<string | undefined> {
  const row = await store.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  return row?.value;
}

/** Makes it another store from now on. */
export async function renewLineage(store: Store): Promise<void> {
  const value = randomBytes(16).toString("hex");
  await store
    .insertInto("meta")
    .values({ key, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}
