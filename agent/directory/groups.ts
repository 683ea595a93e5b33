/** The rows of groups; who is in them is in memberships.ts. */
import { foldName } from "../../model/name.ts";
import { dialectOf } from "../store/dialect.ts";
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

  /** Another group of the connector whose displayName compares as this one: its name as it is written. */
  async named(connector: string, displayName: string, but: string): Promise<string | undefined> {
    const twin = await this.#store
      .selectFrom("groups")
      .select("resource")
      .where("connector", "=", connector)
      .where("display_name", "=", foldName(displayName))
      .where("id", "!=", but)
      .orderBy("twin")
      .executeTakeFirst();
    return twin && displayNameOf(twin.resource);
  }

  /** The lists of members of the group of a name, or of its twins. */
  async rostersOf(
    connector: string,
    { name, isTwin }: { readonly name: string; readonly isTwin: boolean },
  ): Promise<string[]> {
    const rows = await this.#store
      .selectFrom("groups")
      .select("roster")
      .where("connector", "=", connector)
      .where("display_name", "=", name)
      .where("twin", isTwin ? "!=" : "=", 0)
      .execute();
    return rows.map(({ roster }) => roster);
  }

  /** The lists of members of some groups, by their ids. */
  rosters(ids: readonly string[]): Promise<{ id: string; roster: string }[]> {
    return this.#store
      .selectFrom("groups")
      .select(["id", "roster"])
      .where(dialectOf(this.#store).isAmong("id", ids))
      .execute();
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

  /** The groups of a name, twins too. */
  ofName(connector: string, name: string): Promise<{ id: string; roster: string }[]> {
    return this.#store
      .selectFrom("groups")
      .select(["id", "roster"])
      .where("connector", "=", connector)
      .where("display_name", "=", name)
      .execute();
  }

  /** All groups by what they are called, as names compare. */
  called() {
    return this.#store
      .selectFrom("groups")
      .select(["id", "connector", "display_name", "twin", "roster"])
      .execute();
  }

  /** All rows. */
  rows(): Promise<GroupRow[]> {
    return this.#store.selectFrom("groups").select(groupColumns).orderBy("sequence").execute();
  }

  /** All groups, in the order in which they came. */
  async all(): Promise<{ id: string; connector: string; displayName: string; isTwin: boolean }[]> {
    const rows = await this.#store
      .selectFrom("groups")
      .select(["connector", "id", "resource", "twin"])
      .orderBy("sequence")
      .execute();
    return rows.map(({ connector, id, resource, twin }) => ({
      connector,
      id,
      displayName: displayNameOf(resource),
      isTwin: twin !== 0,
    }));
  }
}

/** The name of a stored group, as the identity provider writes it. */
export function displayNameOf(resource: string): string {
  return (JSON.parse(resource) as { displayName: string }).displayName;
}
