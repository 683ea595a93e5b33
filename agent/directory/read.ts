/** What a connector may read of the store: its own users and groups. */
import type { Selectable } from "kysely";
import { dialectOf } from "../store/dialect.ts";
import type { Store, Tables } from "../store/schema.ts";

/** A row without the sequence number, which only orders lists. */
export type Row<T> = Omit<Selectable<T>, "sequence">;

/** The columns of a row, but for the sequence number. */
export const userColumns = [
  "id",
  "connector",
  "user_name",
  "external_id",
  "resource",
  "account",
  "created",
  "modified",
  "version",
] as const;
/** As `userColumns`. */
export const groupColumns = [
  "id",
  "connector",
  "display_name",
  "external_id",
  "resource",
  "created",
  "modified",
  "version",
] as const;

export async function findUser(
  store: Store,
  connector: string,
  id: string,
): Promise<Row<Tables["users"]> | undefined> {
  return store
    .selectFrom("users")
    .select(userColumns)
    .where("connector", "=", connector)
    .where("id", "=", id)
    .executeTakeFirst();
}

export async function findGroup(
  store: Store,
  connector: string,
  id: string,
): Promise<Row<Tables["groups"]> | undefined> {
  return store
    .selectFrom("groups")
    .select(groupColumns)
    .where("connector", "=", connector)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** The groups that users are in. */
export async function findGroupsOf(store: Store, users: readonly string[]) {
  return store
    .selectFrom("members")
    .innerJoin("groups", "groups.id", "members.group_id")
    .select(["members.user_id", "groups.id", "groups.connector", "groups.display_name", "groups.resource"])
    .where(dialectOf(store).isAmong("members.user_id", users))
    .orderBy("groups.sequence")
    .execute();
}

/** The members of groups, by id and name. */
export async function findMembersOf(store: Store, groups: readonly string[]) {
  const dialect = dialectOf(store);
  return (
    store
      .selectFrom("members")
      .innerJoin("users", "users.id", "members.user_id")
      // of a user who may be large, nothing but the name
      .select(["members.group_id", "users.id", dialect.textIn("users.resource", "userName").as("display")])
      .where(dialect.isAmong("members.group_id", groups))
      .orderBy("users.sequence")
      .execute()
  );
}
