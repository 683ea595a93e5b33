/**
 * Whose an account is. That of a user who is gone stays reserved, until somebody says that another one may have the name: a
 * name alone is no proof of being the same person.
 */
import type { Insertable, Selectable } from "kysely";
import type { Store, Tables } from "../store/schema.ts";

export class Owners {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Makes a user the owner of an account that is nobody's.
   *
   * @returns whose it is: the user's own then, another user's, or that of a user who is gone
   */
  async take(wanted: Insertable<Tables["owners"]>): Promise<"own" | "another" | "gone"> {
    const { account, connector, user_id } = wanted;
    const owner = await this.#store
      .selectFrom("owners")
      .leftJoin("users", "users.id", "owners.user_id")
      .select(["owners.connector", "owners.user_id", "users.id as present"])
      .where("owners.account", "=", account)
      .executeTakeFirst();
    if (!owner) {
      await this.#store.insertInto("owners").values(wanted).execute();
      return "own";
    }
    if (owner.connector === connector && owner.user_id === user_id) return "own";
    return owner.present === null ? "gone" : "another";
  }

  /** Gives every account that is nobody's to the user beside it. */
  async takeAll(wanted: readonly Insertable<Tables["owners"]>[]): Promise<void> {
    const rows = await this.#store.selectFrom("owners").select("account").execute();
    const owned = new Set(rows.map(({ account }) => account));
    for (const owner of wanted)
      if (!owned.has(owner.account)) await this.#store.insertInto("owners").values(owner).execute();
  }

  /** An account that is a user's, used or not. */
  async accountOf(connector: string, user: string): Promise<string | undefined> {
    const owned = await this.#store
      .selectFrom("owners")
      .select("account")
      .where("connector", "=", connector)
      .where("user_id", "=", user)
      .executeTakeFirst();
    return owned?.account;
  }

  find(account: string): Promise<Selectable<Tables["owners"]> | undefined> {
    return this.#store.selectFrom("owners").selectAll().where("account", "=", account).executeTakeFirst();
  }

  async release(account: string): Promise<void> {
    await this.#store.deleteFrom("owners").where("account", "=", account).execute();
  }

  all(): Promise<Selectable<Tables["owners"]>[]> {
    return this.#store.selectFrom("owners").selectAll().execute();
  }

  /** Every account that was ever given, with the user who has it now, by SCIM id. */
  withUsers(): Promise<{ account: string; user: string | null }[]> {
    return this.#store
      .selectFrom("owners")
      .leftJoin("users", "users.account", "owners.account")
      .select(["owners.account as account", "users.id as user"])
      .execute();
  }
}
