/**
 * Whose an account is. That of a user who is gone stays reserved, until somebody says that another one may have the name: a
 * name alone is no proof of being the same person.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Insertable, Selectable } from "kysely";
import type { Owner } from "../../policy/identity.ts";
import { dialectOf } from "../store/dialect.ts";
import type { Store, Tables } from "../store/schema.ts";
import { Pairs } from "./pairs.ts";
import { chunks } from "./rows.ts";

export type OwnerRow = Selectable<Tables["owners"]>;

/** A row as policy looks at it. */
export function ownerOf({ connector, user_id, external_id }: OwnerRow): Owner {
  return { connector, user: user_id, externalId: external_id };
}

/** So many accounts are read at once. */
const accountsAtOnce = 5_000;

export class Owners {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  find(account: string): Promise<OwnerRow | undefined> {
    return this.#store.selectFrom("owners").selectAll().where("account", "=", account).executeTakeFirst();
  }

  /** Writes whose an account is from now on. */
  async put(row: Insertable<Tables["owners"]>): Promise<void> {
    const { account, ...rest } = row;
    await this.#store
      .insertInto("owners")
      .values(row)
      .onConflict((conflict) => conflict.column("account").doUpdateSet(rest))
      .execute();
  }

  /**
   * Writes whose each of these accounts is. One that stays its owner's keeps the time since when, and the identity that was
   * proven: it is not forgotten for a name that equals it now.
   */
  async putAll(wanted: readonly Insertable<Tables["owners"]>[]): Promise<void> {
    const present = new Map((await this.all()).map((row) => [row.account, row]));
    for (const some of chunks(wanted)) {
      for (const row of some) {
        const { user_id, external_id = null, since = row.since } = present.get(row.account) ?? {};
        if (user_id === row.user_id) {
          if (row.external_id !== null && external_id === null) await this.put({ ...row, since });
        } else
          await this.put(external_id !== null && external_id === row.external_id ? { ...row, since } : row);
      }
      await nextTurn();
    }
  }

  /** The accounts that were a user's by one identity are so by another: the user was renumbered. */
  async identify(user: string, from: string | null, to: string | null): Promise<void> {
    await this.#store
      .updateTable("owners")
      .set({ external_id: to })
      .where("user_id", "=", user)
      .where("external_id", from === null ? "is" : "=", from)
      .execute();
    await new Pairs(this.#store).identify(user, from, to);
  }

  /** Whether any account is a user's by this identity. */
  async isKnownBy(user: string, identity: string | null): Promise<boolean> {
    const found = await this.#store
      .selectFrom("owners")
      .select("account")
      .where("user_id", "=", user)
      .where("external_id", "=", identity)
      .executeTakeFirst();
    return found !== undefined;
  }

  /** Keeps the accounts of a user, but for one, from whoever the user is from now on. */
  async detach(user: string, but: string): Promise<void> {
    await this.#store
      .updateTable("owners")
      // the id of nobody
      .set({ user_id: "" })
      .where("user_id", "=", user)
      .where("account", "!=", but)
      .execute();
  }

  async release(account: string): Promise<void> {
    await this.#store.deleteFrom("owners").where("account", "=", account).execute();
  }

  all(): Promise<OwnerRow[]> {
    return this.#store.selectFrom("owners").selectAll().orderBy("account").execute();
  }

  /** Whose each account is, as policy looks at it. */
  async byAccount(): Promise<Map<string, Owner>> {
    const { gathered } = dialectOf(this.#store);
    const found = new Map<string, Owner>();
    for (let last = ""; ; ) {
      const columns = await this.#store
        .selectFrom(
          this.#store
            .selectFrom("owners")
            .select(["account", "connector", "user_id", "external_id"])
            .where("account", ">", last)
            .orderBy("account")
            .limit(accountsAtOnce)
            .as("some"),
        )
        .select([
          gathered("some.account").as("accounts"),
          gathered("some.connector").as("connectors"),
          gathered("some.user_id").as("users"),
          gathered("some.external_id").as("identities"),
        ])
        .executeTakeFirstOrThrow();
      const accounts: readonly string[] = JSON.parse(columns.accounts);
      const connectors: readonly string[] = JSON.parse(columns.connectors);
      const users: readonly string[] = JSON.parse(columns.users);
      const identities: readonly (string | null)[] = JSON.parse(columns.identities);
      for (const [i, account] of accounts.entries())
        found.set(account, {
          connector: connectors[i] ?? "",
          user: users[i] ?? "",
          externalId: identities[i] ?? null,
        });
      if (accounts.length < accountsAtOnce) return found;
      last = accounts.at(-1) ?? last;
    }
  }

  /** Every account that was ever given, with the user who has it now, by SCIM id. Others have their turn in between. */
  async withUsers(): Promise<{ account: string; user: string | null }[]> {
    const { gathered } = dialectOf(this.#store);
    const all: { account: string; user: string | null }[] = [];
    for (let last = ""; ; ) {
      const row = await this.#store
        .selectFrom(
          this.#store
            .selectFrom("owners")
            .leftJoin("users", "users.account", "owners.account")
            .select(["owners.account as account", "users.id as user"])
            .where("owners.account", ">", last)
            .orderBy("owners.account")
            .limit(accountsAtOnce)
            .as("some"),
        )
        .select([gathered("some.account").as("accounts"), gathered("some.user").as("users")])
        .executeTakeFirstOrThrow();
      const accounts: readonly string[] = JSON.parse(row.accounts);
      const users: readonly (string | null)[] = JSON.parse(row.users);
      for (const [i, account] of accounts.entries()) all.push({ account, user: users[i] ?? null });
      if (accounts.length < accountsAtOnce) return all;
      last = accounts.at(-1) ?? last;
      await nextTurn();
    }
  }
}
