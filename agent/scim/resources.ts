/** Users and groups as SCIM serves them: how each is written, read, and tied to the other. */

import type { ScimResult } from "../../scim/error.ts";
import { type JsonObject, maxBodyBytes } from "../../scim/json.ts";
import type { Reference } from "../../scim/representation.ts";
import { maxUserBodyBytes } from "../../scim/resource.ts";
import { groupsTable, type Table, usersTable } from "../directory/lists/table.ts";
import { findGroup, findGroupsOf, findMembersOf, findUser, type Row } from "../directory/read.ts";
import { createGroup, deleteGroup, modifyGroup, replaceGroup } from "../operations/groups.ts";
import { createUser, deleteUser, modifyUser, replaceUser } from "../operations/users.ts";
import type { WriteEffect } from "../operations/writer.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Store, Tables } from "../store/schema.ts";

export type UserRow = Row<Tables["users"]>;
export type GroupRow = Row<Tables["groups"]>;

/** How one resource type is written, read and shown. */
export interface Resource<R> {
  readonly kind: "user" | "group";
  /** Its path below the base URL, without a slash. */
  readonly endpoint: "Users" | "Groups";
  /** What `auth.allow` calls it. */
  readonly allow: "users" | "groups";
  /** The largest body, in bytes. */
  readonly maxBytes: number;
  create(
    store: Store,
    runtime: Runtime,
    connector: string,
    body: JsonObject,
  ): Promise<ScimResult<WriteEffect<R>>>;
  replace(
    store: Store,
    runtime: Runtime,
    connector: string,
    id: string,
    body: JsonObject,
  ): Promise<ScimResult<WriteEffect<R>>>;
  modify(
    store: Store,
    runtime: Runtime,
    connector: string,
    id: string,
    body: JsonObject,
  ): Promise<ScimResult<WriteEffect<R>>>;
  remove(
    store: Store,
    runtime: Runtime,
    connector: string,
    id: string,
  ): Promise<ScimResult<WriteEffect<null>>>;
  find(store: Store, connector: string, id: string): Promise<R | undefined>;
  /** Where lists of it are read. */
  readonly table: Table;
  /** The other side of the memberships of these resources, by their id. */
  related(store: Store, ids: readonly string[]): Promise<Map<string, Reference[]>>;
  /** The attribute that holds them. */
  readonly relation: "groups" | "members";
}

export const users: Resource<UserRow> = {
  kind: "user",
  endpoint: "Users",
  allow: "users",
  maxBytes: maxUserBodyBytes,
  create: createUser,
  replace: replaceUser,
  modify: modifyUser,
  remove: deleteUser,
  find: findUser,
  table: usersTable,
  related: async (store, ids) =>
    gather(await findGroupsOf(store, ids), ({ user_id, id, resource }) => [
      user_id,
      { id, display: text(resource, "displayName") },
    ]),
  relation: "groups",
};

export const groups: Resource<GroupRow> = {
  kind: "group",
  endpoint: "Groups",
  allow: "groups",
  maxBytes: maxBodyBytes,
  create: createGroup,
  replace: replaceGroup,
  modify: modifyGroup,
  remove: deleteGroup,
  find: findGroup,
  table: groupsTable,
  related: async (store, ids) =>
    gather(await findMembersOf(store, ids), ({ group_id, id, display }) => [group_id, { id, display }]),
  relation: "members",
};

function gather<T>(rows: readonly T[], pair: (row: T) => [string, Reference]): Map<string, Reference[]> {
  const found = new Map<string, Reference[]>();
  for (const row of rows) {
    const [key, reference] = pair(row);
    const list = found.get(key);
    if (list) list.push(reference);
    else found.set(key, [reference]);
  }
  return found;
}

function text(resource: string, attribute: string): string {
  return String((JSON.parse(resource) as JsonObject)[attribute] ?? "");
}
