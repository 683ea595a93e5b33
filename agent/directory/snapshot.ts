/** The store read whole: for a release's impact, its activation, and for mending the access file. */
import { isDerived } from "../../model/environment/connector/selection.ts";
import type { Resources } from "../../policy/population.ts";
import { ownerKey } from "../../policy/population.ts";
import type { User } from "../../policy/program.ts";
import type { AccessSnapshot } from "../mercurial/access-file.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Store } from "../store/schema.ts";

/** All users, groups and owners. */
export async function readDirectory(store: Store): Promise<Resources> {
  const users = await store
    .selectFrom("users")
    .select(["connector", "id", "resource"])
    .orderBy("sequence")
    .execute();
  const groups = await store
    .selectFrom("groups")
    .select(["connector", "id", "resource"])
    .orderBy("sequence")
    .execute();
  const members = await store.selectFrom("members").selectAll().execute();
  const owners = await store.selectFrom("owners").select(["account", "connector", "user_id"]).execute();
  const byGroup = new Map<string, string[]>();
  for (const { group_id, user_id } of members) {
    const ids = byGroup.get(group_id);
    if (ids) ids.push(user_id);
    else byGroup.set(group_id, [user_id]);
  }
  return {
    users: users.map(({ connector, id, resource }) => ({
      connector,
      id,
      resource: JSON.parse(resource) as User,
    })),
    groups: groups.map(({ connector, id, resource }) => ({
      connector,
      displayName: (JSON.parse(resource) as { displayName: string }).displayName,
      members: byGroup.get(id) ?? [],
    })),
    owners: new Map(owners.map(({ account, connector, user_id }) => [account, ownerKey(connector, user_id)])),
  };
}

/** What the access file must hold under the active release. */
export async function accessSnapshot(store: Store, runtime: Runtime | null): Promise<AccessSnapshot> {
  const owners = await store
    .selectFrom("owners")
    .leftJoin("users", "users.account", "owners.account")
    .select(["owners.account as account", "users.id as user"])
    .execute();
  const memberships = await store
    .selectFrom("members")
    .innerJoin("users", "users.id", "members.user_id")
    .innerJoin("groups", "groups.id", "members.group_id")
    .select(["users.account as account", "groups.connector as connector", "groups.display_name as name"])
    .where("users.account", "is not", null)
    .execute();
  const groupsOf = new Map<string, Set<string>>();
  for (const { account, connector, name } of memberships) {
    const group = runtime?.program.groups.find(connector, name);
    if (!group || account === null) continue;
    groupsOf.set(account, (groupsOf.get(account) ?? new Set()).add(group.key));
  }
  for (const { account, groups } of await derivedGroups(store, runtime))
    groupsOf.set(account, new Set([...(groupsOf.get(account) ?? []), ...groups]));
  return {
    release: runtime?.active.digest ?? "",
    permissions: runtime?.program.release.permissions ?? {},
    accounts: owners.map(({ account, user }) => ({
      account,
      active: runtime !== null && user !== null,
      groups: groupsOf.get(account) ?? [],
    })),
  };
}

/** The derived groups of every account. Resources are read only of connectors that have some. */
async function derivedGroups(
  store: Store,
  runtime: Runtime | null,
): Promise<{ account: string; groups: readonly string[] }[]> {
  const connectors = Object.entries(runtime?.program.release.connectors ?? {})
    .filter(([, { groups }]) => groups.some(isDerived))
    .map(([name]) => name);
  if (!runtime || connectors.length === 0) return [];
  const users = await store
    .selectFrom("users")
    .select(["connector", "account", "resource"])
    .where("connector", "in", connectors)
    .where("account", "is not", null)
    .execute();
  return users.flatMap(({ connector, account, resource }) =>
    account === null ? [] : [{ account, groups: derivedOf(runtime, connector, resource) }],
  );
}

/** The derived groups that a stored user is in, `connector/group`. */
export function derivedOf(runtime: Runtime, connector: string, resource: string): readonly string[] {
  const entitlement = runtime.program.entitlement(connector, JSON.parse(resource) as User);
  return entitlement.kind === "account" ? entitlement.derived : [];
}
