/** The rows of users. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { foldName } from "../../model/name.ts";
import type { Time } from "../../model/time.ts";
import type { Spoken, StoredUser } from "../../policy/population.ts";
import type { User } from "../../policy/user.ts";
import type { JsonObject } from "../../scim/json.ts";
import { dialectOf } from "../store/dialect.ts";
import type { Store } from "../store/schema.ts";
import { chunks, type UserRow, userColumns } from "./rows.ts";
import { writeUserKeys } from "./user-keys.ts";

export class Users {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A user of a connector, by SCIM id. */
  find(connector: string, id: string): Promise<UserRow | undefined> {
    return this.#store
      .selectFrom("users")
      .select(userColumns)
      .where("connector", "=", connector)
      .where("id", "=", id)
      .executeTakeFirst();
  }

  /** A user of whatever connector, by SCIM id. */
  byId(id: string): Promise<UserRow | undefined> {
    return this.#store.selectFrom("users").select(userColumns).where("id", "=", id).executeTakeFirst();
  }

  /** Those of some ids. */
  async byIds(ids: readonly string[]): Promise<UserRow[]> {
    const found: UserRow[] = [];
    for (const some of chunks(ids)) {
      const isAmong = dialectOf(this.#store).isAmong("id", some);
      for (const row of await this.#store.selectFrom("users").select(userColumns).where(isAmong).execute())
        found.push(row);
    }
    return found;
  }

  /** Whether there are any of a connector. */
  async areOf(connector: string): Promise<boolean> {
    const one = this.#store.selectFrom("users").select("id").where("connector", "=", connector).limit(1);
    return (await one.executeTakeFirst()) !== undefined;
  }

  /** Another user of the connector whose userName compares as this one: the name as it is written. */
  async named(connector: string, userName: string, but: string): Promise<string | undefined> {
    const twin = await this.#store
      .selectFrom("users")
      .select("resource")
      .where("connector", "=", connector)
      .where("user_name", "=", foldName(userName))
      .where("id", "!=", but)
      .executeTakeFirst();
    return twin && String((JSON.parse(twin.resource) as User).userName);
  }

  /** Those of a connector who are the same person as a user of its provider: by the externalId, or the name where one has none. */
  async same(connector: string, { userName, externalId }: JsonObject) {
    const name = foldName(String(userName));
    const identity = typeof externalId === "string" ? externalId : null;
    const rows = await this.#store
      .selectFrom("users")
      .select(["id", "external_id", "resource"])
      .where("connector", "=", connector)
      .where(({ or, eb }) => or([eb("user_name", "=", name), eb("external_id", "=", identity)]))
      .execute();
    return rows.filter(
      ({ external_id }) => identity === null || external_id === null || external_id === identity,
    );
  }

  /** Stores a user in place of what it was before, or as a new one. */
  async put(row: UserRow, before: UserRow | undefined): Promise<void> {
    // a name that is new is no one else's
    const name = before && before.user_name !== row.user_name ? { twin: 0 } : {};
    if (before)
      await this.#store
        .updateTable("users")
        .set({ ...row, ...name })
        .where("id", "=", row.id)
        .execute();
    else await this.#store.insertInto("users").values(row).execute();
    await writeUserKeys(this.#store, row.id, before?.resource, row.resource);
  }

  /** Deletes a user; the memberships are the caller's. */
  async delete({ id, resource }: Pick<UserRow, "id" | "resource">): Promise<void> {
    await this.#store.deleteFrom("users").where("id", "=", id).execute();
    await writeUserKeys(this.#store, id, resource, undefined);
  }

  /** Those who have an account, behind one in the order of their SCIM ids; of one connector where it is given. */
  async holdersBehind(last: string, limit: number, connector: string | undefined): Promise<UserRow[]> {
    const rows = this.#store
      .selectFrom("users")
      .select(userColumns)
      .where("id", ">", last)
      .where("account", "is not", null)
      .orderBy("id")
      .limit(limit);
    const owner = dialectOf(this.#store).unindexed("connector");
    return (connector === undefined ? rows : rows.where(owner, "=", connector)).execute();
  }

  /** All who have an account. */
  async present(): Promise<{ id: string; connector: string; account: string }[]> {
    const rows = await this.#store
      .selectFrom("users")
      .select(["id", "connector", "account"])
      .where("account", "is not", null)
      .execute();
    return rows.flatMap(({ account, ...user }) => (account === null ? [] : { ...user, account }));
  }

  /** Those of some users who have an account. */
  async withAccount(ids: readonly string[]) {
    const found: { id: string; connector: string; account: string; resource: string }[] = [];
    for (const some of chunks(ids)) {
      const rows = await this.#store
        .selectFrom("users")
        .select(["id", "connector", "account", "resource"])
        .where(dialectOf(this.#store).isAmong("id", some))
        .where("account", "is not", null)
        .execute();
      for (const { account, ...row } of rows) if (account !== null) found.push({ ...row, account });
    }
    return found;
  }

  /** The accounts of those of some users who have one. */
  async accountsOf(ids: readonly string[]): Promise<string[]> {
    const accounts: string[] = [];
    for (const some of chunks(ids)) {
      const rows = await this.#store
        .selectFrom("users")
        .select("account")
        .where(dialectOf(this.#store).isAmong("id", some))
        .where("account", "is not", null)
        .execute();
      accounts.push(...rows.flatMap(({ account }) => account ?? []));
      await nextTurn();
    }
    return accounts;
  }

  /** Whether a connector's users by an identity are more than these, by SCIM id. */
  async areMoreKnownBy(connector: string, identity: string, these: readonly string[]): Promise<boolean> {
    const other = await this.#store
      .selectFrom("users")
      .select("id")
      .where("connector", "=", connector)
      .where("identity", "=", identity)
      .where("id", "not in", these)
      .executeTakeFirst();
    return other !== undefined;
  }

  /** The user who has an account now, by SCIM id. */
  async withThisAccount(account: string): Promise<string | undefined> {
    const row = await this.#store
      .selectFrom("users")
      .select("id")
      .where("account", "=", account)
      .executeTakeFirst();
    return row?.id;
  }

  /** Those who speak of an account, by connectors that have a precedence: a leaver also of the one that they had. */
  speakingOf(account: string): Promise<UserRow[]> {
    return this.#store
      .selectFrom("users")
      .select(userColumns)
      .where(({ or, eb }) => or([eb("speaks_of", "=", account), eb("named", "=", account)]))
      .orderBy("sequence")
      .execute();
  }

  /** Writes of which accounts each of these users speaks, by SCIM id. */
  async speak(wanted: ReadonlyMap<string, Spoken>): Promise<void> {
    if (wanted.size === 0) return;
    const rows = await this.#store.selectFrom("users").select(["id", "speaks_of", "named"]).execute();
    const changed = rows.flatMap(({ id, speaks_of, named }) => {
      const spoken = wanted.get(id);
      return spoken && (spoken.speaks_of !== speaks_of || spoken.named !== named) ? [{ id, spoken }] : [];
    });
    for (const some of chunks(changed)) {
      for (const { id, spoken } of some)
        await this.#store.updateTable("users").set(spoken).where("id", "=", id).execute();
      await nextTurn();
    }
  }

  /** The account of a user, by SCIM id. */
  async accountOf(id: string): Promise<string | undefined> {
    const [account] = await this.accountsOf([id]);
    return account;
  }

  /** Users of a connector with the accounts behind one, in the order of these. */
  async accountsBehind(
    last: string,
    { connector, limit }: { readonly connector: string; readonly limit: number },
  ): Promise<{ id: string; account: string }[]> {
    const rows = await this.#store
      .selectFrom("users")
      .select(["id", "account"])
      .where("account", ">", last)
      .where(dialectOf(this.#store).unindexed("connector"), "=", connector)
      .orderBy("account")
      .limit(limit)
      .execute();
    return rows.flatMap(({ id, account }) => (account === null ? [] : { id, account }));
  }

  /** The account that each of some users has now, by SCIM id; null for none. Who is gone is not in it. */
  async presentAccounts(users: readonly string[]): Promise<Map<string, string | null>> {
    const found = new Map<string, string | null>();
    for (const some of chunks(users)) {
      const rows = await this.#store
        .selectFrom("users")
        .select(["id", "account"])
        .where("id", "in", some)
        .execute();
      for (const { id, account } of rows) found.set(id, account);
    }
    return found;
  }

  /** Everybody, in the order in which they came. */
  async all(): Promise<StoredUser[]> {
    const rows = await this.#store
      .selectFrom("users")
      .select(["connector", "id", "claimed", "identity", "withheld", "speaks_of", "resource"])
      .orderBy("sequence")
      .execute();
    return rows.map(({ connector, id, claimed, identity, withheld, speaks_of, resource }) => ({
      connector,
      id,
      claimed,
      identity,
      withheld,
      spoken: speaks_of,
      resource: JSON.parse(resource) as User,
    }));
  }

  /** Everybody of some connectors who has an account. */
  async ofConnectors(connectors: readonly string[]) {
    return this.#store
      .selectFrom("users")
      .select(["connector", "account", "resource"])
      .where("connector", "in", connectors)
      .where("account", "is not", null)
      .execute();
  }

  /** Those from whom an account is withheld; from whom a certain one is, where it is given. */
  withheld(account?: string): Promise<UserRow[]> {
    const rows = this.#store.selectFrom("users").select(userColumns).orderBy("sequence");
    return (
      account === undefined ? rows.where("withheld", "is not", null) : rows.where("withheld", "=", account)
    ).execute();
  }

  /** Of a connector those from whom an account is withheld, behind a place, with the place of each. */
  async withheldAfter(connector: string, after: number, most: number) {
    const rows = await this.#store
      .selectFrom("users")
      .select([...userColumns, "sequence"])
      .where("connector", "=", connector)
      .where("withheld", "is not", null)
      .where("sequence", ">", after)
      .orderBy("sequence")
      .limit(most)
      .execute();
    return rows.flatMap(({ withheld, ...row }) => (withheld === null ? [] : [{ ...row, withheld }]));
  }

  /** Withholds from every user the account that is named for it, by SCIM id; none from all others. */
  async withhold(named: ReadonlyMap<string, string>, since: Time): Promise<void> {
    const before = new Map((await this.withheld()).map(({ id, withheld }) => [id, withheld]));
    for (const some of chunks([...new Set([...before.keys(), ...named.keys()])])) {
      for (const id of some) {
        const withheld = named.get(id) ?? null;
        if (withheld === (before.get(id) ?? null)) continue;
        const withheld_since = withheld === null ? null : since;
        await this.#store
          .updateTable("users")
          .set({ withheld, withheld_since })
          .where("id", "=", id)
          .execute();
      }
      await nextTurn();
    }
  }

  /** Notes of some users that they were without their account. */
  async lapse(ids: readonly string[]): Promise<void> {
    for (const some of chunks(ids)) {
      await this.#store.updateTable("users").set({ lapsed: 1 }).where("id", "in", some).execute();
      await nextTurn();
    }
  }

  /** Gives every user the account that is wanted for it, by SCIM id; none to all others. */
  async giveAccounts(wanted: ReadonlyMap<string, string>): Promise<void> {
    const rows = await this.#store.selectFrom("users").select(["id", "account"]).execute();
    const changed = rows.filter(({ id, account }) => account !== (wanted.get(id) ?? null));
    const give = (id: string, account: string | null) =>
      this.#store.updateTable("users").set({ account }).where("id", "=", id).execute();
    // all old names go before any new one comes, since two users may change places
    for (const some of chunks(changed)) {
      for (const { id, account } of some) if (account !== null) await give(id, null);
      await nextTurn();
    }
    for (const some of chunks(changed)) {
      for (const { id } of some) {
        const account = wanted.get(id);
        if (account !== undefined) await give(id, account);
      }
      await nextTurn();
    }
  }
}
