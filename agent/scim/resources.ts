/** Users and groups as SCIM serves them: how each is found, listed, and tied to the other. */
import { maxBodyBytes } from "../../scim/json.ts";
import type { Reference } from "../../scim/representation.ts";
import { maxUserBodyBytes } from "../../scim/resource.ts";
import { Directory } from "../directory/directory.ts";
import { displayNameOf } from "../directory/groups.ts";
import { groupsTable, type Table, usersTable } from "../directory/lists/table.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import type { Store } from "../store/schema.ts";
import { isLarge, membersInPieces } from "./large-group.ts";

/** How one resource type is served. */
export interface Resource<R> {
  readonly kind: "user" | "group";
  /** Its path below the base URL, without a slash. */
  readonly endpoint: "Users" | "Groups";
  /** What `auth.allow` calls it. */
  readonly allow: "users" | "groups";
  /** The largest body, in bytes. */
  readonly maxBytes: number;
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
  find: (store, connector, id) => new Directory(store).users.find(connector, id),
  table: usersTable,
  related: async (store, ids) =>
    gather(await new Directory(store).memberships.groupsOf(ids), ({ user_id, id, resource }) => [
      user_id,
      { id, display: displayNameOf(resource) },
    ]),
  relation: "groups",
};

export const groups: Resource<GroupRow> = {
  kind: "group",
  endpoint: "Groups",
  allow: "groups",
  maxBytes: maxBodyBytes,
  find: (store, connector, id) => new Directory(store).groups.find(connector, id),
  table: groupsTable,
  async related(store, ids) {
    const { groups, memberships } = new Directory(store);
    const [small, large]: [string[], Map<string, Reference[]>] = [[], new Map()];
    for (const { id, roster } of await groups.rosters(ids)) {
      if (!(await isLarge(store, { roster }))) small.push(id);
      else {
        const members: Reference[] = [];
        for await (const some of membersInPieces(store, { roster }))
          for (const one of some) members.push(one);
        large.set(id, members);
      }
    }
    const found = gather(await memberships.membersOf(small), ({ group_id, id, display }) => [
      group_id,
      { id, display },
    ]);
    return new Map([...found, ...large]);
  },
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
