/** What a connector may read of the store: its own users and groups. */
import type { Selectable } from "kysely";
import type { Equality } from "../scim/filter.ts";
import type { Store, Tables } from "../store/schema.ts";

/** A row without the sequence number, which only orders lists. */
export type Row<T> = Omit<Selectable<T>, "sequence">;

export interface Page<T> {
  readonly total: number;
  readonly rows: readonly T[];
}

export interface PageRequest {
  readonly filter: Equality | undefined;
  /** 1-based (RFC 7644, section 3.4.2.4). */
  readonly startIndex: number;
  readonly count: number;
}

const userColumns = [
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
const groupColumns = [
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
    .where("members.user_id", "in", users)
    .orderBy("groups.sequence")
    .execute();
}

/** The members of groups. */
export async function findMembersOf(store: Store, groups: readonly string[]) {
  return store
    .selectFrom("members")
    .innerJoin("users", "users.id", "members.user_id")
    .select(["members.group_id", "users.id", "users.resource", "users.account"])
    .where("members.group_id", "in", groups)
    .orderBy("users.sequence")
    .execute();
}

export async function listUsers(
  store: Store,
  connector: string,
  { filter, startIndex, count }: PageRequest,
): Promise<Page<Row<Tables["users"]>>> {
  let query = store.selectFrom("users").where("connector", "=", connector);
  if (filter?.attribute === "id") query = query.where("id", "=", filter.value);
  if (filter?.attribute === "externalId") query = query.where("external_id", "=", filter.value);
  if (filter?.attribute === "userName") query = query.where("user_name", "=", filter.value.toLowerCase());
  const { total } = await query
    .select(({ fn }) => fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await query
    .select(userColumns)
    .orderBy("sequence")
    .limit(count)
    .offset(startIndex - 1)
    .execute();
  return { total, rows };
}

export async function listGroups(
  store: Store,
  connector: string,
  { filter, startIndex, count }: PageRequest,
): Promise<Page<Row<Tables["groups"]>>> {
  let query = store.selectFrom("groups").where("connector", "=", connector);
  if (filter?.attribute === "id") query = query.where("id", "=", filter.value);
  if (filter?.attribute === "externalId") query = query.where("external_id", "=", filter.value);
  if (filter?.attribute === "displayName")
    query = query.where("display_name", "=", filter.value.toLowerCase());
  const { total } = await query
    .select(({ fn }) => fn.countAll<number>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await query
    .select(groupColumns)
    .orderBy("sequence")
    .limit(count)
    .offset(startIndex - 1)
    .execute();
  return { total, rows };
}
