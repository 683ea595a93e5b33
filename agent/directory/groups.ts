/** The rows of groups; who is in them is in memberships.ts. */
import type { Store } from "../store/schema.ts";
import { type GroupRow, groupColumns } from "./rows.ts";

export class Groups {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A group of a connector, by SCIM id. */
  find(connector: string, id: string): Promise<GroupRow | undefined> {
    return this.#store
      .selectFrom("groups")
      .select(groupColumns)
      .where("connector", "=", connector)
      .where("id", "=", id)
      .executeTakeFirst();
  }

  /** Whether another group of the connector has a displayName. */
  async isNamed(connector: string, displayName: string, but: string): Promise<boolean> {
    const twin = await this.#store
      .selectFrom("groups")
      .select("id")
      .where("connector", "=", connector)
      .where("display_name", "=", displayName.toLowerCase())
      .where("id", "!=", but)
      .executeTakeFirst();
    return twin !== undefined;
  }

  /** Stores a group in place of what it was before, or as a new one. */
  async put(row: GroupRow, before: GroupRow | undefined): Promise<void> {
    if (before) await this.#store.updateTable("groups").set(row).where("id", "=", row.id).execute();
    else await this.#store.insertInto("groups").values(row).execute();
  }

  /** Deletes a group; the memberships are the caller's. */
  async delete(id: string): Promise<void> {
    await this.#store.deleteFrom("groups").where("id", "=", id).execute();
  }

  /** All groups, in the order in which they came. */
  async all(): Promise<{ id: string; connector: string; displayName: string }[]> {
    const rows = await this.#store
      .selectFrom("groups")
      .select(["connector", "id", "resource"])
      .orderBy("sequence")
      .execute();
    return rows.map(({ connector, id, resource }) => ({
      connector,
      id,
      displayName: displayNameOf(resource),
    }));
  }
}

/** The name of a stored group, as the identity provider writes it. */
export function displayNameOf(resource: string): string {
  return (JSON.parse(resource) as { displayName: string }).displayName;
}
