/** Between which identities of two connectors an account passes: an approver has said of each pair, once, that they are one person. */
import { type ConfirmedPair, isSameOwner, type Owner } from "../../policy/identity.ts";
import type { Store } from "../store/schema.ts";

export class Pairs {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Those of an account; of all where none is given. */
  async of(account?: string): Promise<ConfirmedPair[]> {
    const all = this.#store.selectFrom("pairs").selectAll();
    const rows = await (account === undefined ? all : all.where("account", "=", account)).execute();
    return rows.map(({ account, connector, user_id, external_id, ...other }) => ({
      account,
      one: { connector, user: user_id, externalId: external_id },
      other: {
        connector: other.other_connector,
        user: other.other_user_id,
        externalId: other.other_external_id,
      },
    }));
  }

  /** Notes that two are one person, if that is not known. */
  async add({ account, one, other }: ConfirmedPair): Promise<void> {
    const isThere = (await this.of(account)).some(
      (pair) =>
        (isSameOwner(pair.one, one) && isSameOwner(pair.other, other)) ||
        (isSameOwner(pair.one, other) && isSameOwner(pair.other, one)),
    );
    if (isThere) return;
    const row = (side: Owner) => ({
      connector: side.connector,
      user_id: side.user,
      external_id: side.externalId,
    });
    const { connector, user_id, external_id } = row(other);
    await this.#store
      .insertInto("pairs")
      .values({
        account,
        ...row(one),
        ...{ other_connector: connector, other_user_id: user_id, other_external_id: external_id },
      })
      .execute();
  }

  /** Who was known by one identity is so by another, also by none that brings anybody back. */
  async identify(user: string, from: string | null, to: string | null): Promise<void> {
    const is = from === null ? "is" : "=";
    await this.#store
      .updateTable("pairs")
      .set({ external_id: to })
      .where("user_id", "=", user)
      .where("external_id", is, from)
      .execute();
    await this.#store
      .updateTable("pairs")
      .set({ other_external_id: to })
      .where("other_user_id", "=", user)
      .where("other_external_id", is, from)
      .execute();
  }

  /** Forgets those of an account: it is another person's, or nobody's. */
  async forget(account: string): Promise<void> {
    await this.#store.deleteFrom("pairs").where("account", "=", account).execute();
  }

  /** Forgets those of a user, who is another person from now on. */
  async detach(user: string): Promise<void> {
    await this.#store
      .deleteFrom("pairs")
      .where(({ or, eb }) => or([eb("user_id", "=", user), eb("other_user_id", "=", user)]))
      .execute();
  }
}
