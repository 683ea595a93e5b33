/** All users and groups under one release: which accounts there are, and which groups each is in. */
import type { Account, Program, User } from "./program.ts";

export interface StoredUser {
  readonly connector: string;
  readonly id: string;
  readonly resource: User;
}

export interface StoredGroup {
  readonly connector: string;
  readonly displayName: string;
  /** The ids of its members, users of the same connector. */
  readonly members: Iterable<string>;
}

export interface Directory {
  readonly users: readonly StoredUser[];
  readonly groups: readonly StoredGroup[];
  /** Who an account belongs to, for ever or until someone releases it: account → `connector/id`. */
  readonly owners: ReadonlyMap<string, string>;
}

export interface Member extends Account {
  readonly connector: string;
  readonly user: string;
  /** `connector/group`, selected groups only. */
  readonly groups: ReadonlySet<string>;
}

export interface Population {
  /** The accounts that are allowed in, by name. */
  readonly accounts: ReadonlyMap<string, Member>;
  /** Why the release cannot run on these resources: failed mappings, two users for one account. */
  readonly failures: readonly string[];
}

/** The accounts that a release makes of a directory. */
export function populate(program: Program, directory: Directory): Population {
  const groupsOf = new Map<string, Set<string>>();
  for (const { connector, displayName, members } of directory.groups) {
    const group = program.groups.find(connector, displayName);
    if (!group) continue;
    for (const id of members) {
      const key = ownerKey(connector, id);
      const groups = groupsOf.get(key) ?? new Set();
      groupsOf.set(key, groups.add(group.key));
    }
  }

  const accounts = new Map<string, Member>();
  const failures: string[] = [];
  for (const { connector, id, resource } of directory.users) {
    const entitlement = program.entitlement(connector, resource);
    const who = `user ${String(resource.userName)} of connector ${connector}`;
    if (entitlement.kind === "failed") failures.push(`${who}: ${entitlement.reason}`);
    if (entitlement.kind !== "account") continue;
    const { account } = entitlement;
    const key = ownerKey(connector, id);
    const owner = directory.owners.get(account.name);
    const other = accounts.get(account.name);
    if (other || (owner !== undefined && owner !== key))
      failures.push(
        `${who}: account ${account.name} belongs to another user (${other ? ownerKey(other.connector, other.user) : owner})`,
      );
    else
      accounts.set(account.name, { ...account, connector, user: id, groups: groupsOf.get(key) ?? new Set() });
  }
  return { accounts, failures };
}

/** How a user is named among those of all connectors. */
export function ownerKey(connector: string, id: string): string {
  return `${connector}/${id}`;
}
