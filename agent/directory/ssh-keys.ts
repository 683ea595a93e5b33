/**
 * Whose a public key is: the account's that had it first. It stays that account's while nobody has the account, as the account
 * itself stays its owner's; it is free when the owner gives it up, or when the account is released.
 */
import { keyText, type SshKey } from "../../policy/ssh-key.ts";
import type { Store } from "../store/schema.ts";

/** What comes of asking for keys. */
export interface AskedKeys {
  readonly given: readonly SshKey[];
  /** Those that are another account's. */
  readonly contested: readonly SshKey[];
}

export class SshKeys {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The keys of an account. */
  of(account: string): Promise<SshKey[]> {
    return this.#store
      .selectFrom("ssh_keys")
      .select(["type", "blob"])
      .where("account", "=", account)
      .execute();
  }

  /** The keys of all accounts that a user owns. */
  ofUser(user: string): Promise<SshKey[]> {
    return this.#store
      .selectFrom("ssh_keys")
      .innerJoin("owners", "owners.account", "ssh_keys.account")
      .select(["ssh_keys.type as type", "ssh_keys.blob as blob"])
      .where("owners.user_id", "=", user)
      .execute();
  }

  /** Each key that is an account's, by its text. */
  async all(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#store.selectFrom("ssh_keys").selectAll().execute();
    return new Map(rows.map((row) => [keyText(row), row.account]));
  }

  /** Makes keys an account's, but for those that are another owner's; those of a former name of its owner come along. */
  async ask(account: string, user: string, keys: readonly SshKey[]): Promise<AskedKeys> {
    const given: SshKey[] = [];
    const contested: SshKey[] = [];
    for (const key of keys) {
      const present = await this.#holder(key);
      if (present && present.account !== account && present.user !== user) {
        contested.push(key);
        continue;
      }
      given.push(key);
      await this.#store
        .insertInto("ssh_keys")
        .values({ ...key, account })
        .onConflict((conflict) => conflict.columns(["type", "blob"]).doUpdateSet({ account }))
        .execute();
    }
    return { given, contested };
  }

  /** Frees keys, as far as they are of accounts that a user owns. */
  async giveUp(user: string, keys: readonly SshKey[]): Promise<void> {
    for (const key of keys) {
      const present = await this.#holder(key);
      if (present?.user === user)
        await this.#store
          .deleteFrom("ssh_keys")
          .where("type", "=", key.type)
          .where("blob", "=", key.blob)
          .execute();
    }
  }

  /** Frees all keys of an account. */
  async release(account: string): Promise<void> {
    await this.#store.deleteFrom("ssh_keys").where("account", "=", account).execute();
  }

  #holder({ type, blob }: SshKey): Promise<{ account: string; user: string | null } | undefined> {
    return this.#store
      .selectFrom("ssh_keys")
      .leftJoin("owners", "owners.account", "ssh_keys.account")
      .select(["ssh_keys.account as account", "owners.user_id as user"])
      .where("type", "=", type)
      .where("blob", "=", blob)
      .executeTakeFirst();
  }
}
