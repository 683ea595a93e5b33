/** All users and groups under one release: which accounts there are, whose each is, and which groups it is in. */
import {
  type Identified,
  isDoubted,
  type Owner,
  owns,
  provenIdentity,
  type WithheldBecause,
} from "./identity.ts";
import type { Program } from "./program.ts";
import { subjectOfGroup } from "./twin.ts";
import type { Account, User } from "./user.ts";

export interface StoredUser extends Identified {
  readonly resource: User;
  /** The account that is withheld from them now: what third users do gives it to nobody. */
  readonly withheld: string | null;
}

export interface StoredGroup {
  readonly connector: string;
  readonly displayName: string;
  /** Whether its name is another group's too, to which it belongs. */
  readonly isTwin?: boolean;
  /** The ids of its members, users of the same connector. */
  readonly members: Iterable<string>;
}

export interface Resources {
  readonly users: readonly StoredUser[];
  readonly groups: readonly StoredGroup[];
  /** Who an account belongs to, for ever or until someone releases it. */
  readonly owners: ReadonlyMap<string, Owner>;
}

export interface Member extends Account {
  readonly connector: string;
  readonly user: string;
  /** The externalId by which they are the owner from now on; null where the resource is. */
  readonly proven: string | null;
  /** `connector/group`: the selected groups that the user is a member of, and the derived ones; twins as in twin.ts. */
  readonly groups: ReadonlySet<string>;
  /** As an entitlement's. */
  readonly keys?: readonly string[];
}

/** An account that the release makes of a user, and that the user does not get until an approver says so. */
export interface Withheld {
  readonly connector: string;
  readonly user: string;
  readonly account: string;
  readonly because: WithheldBecause;
}

export interface Population {
  /** The accounts that are allowed in, by name. */
  readonly accounts: ReadonlyMap<string, Member>;
  readonly withheld: readonly Withheld[];
  /**
   * Why the release cannot run on these resources: failed mappings, two users for one account. Who may only ask what a
   * release would do reads them too, and could ask for any attribute by a mapping: so they name resources, and accounts
   * that there are already.
   */
  readonly failures: readonly string[];
}

/** The accounts that a release makes of the stored resources. */
export function populate(program: Program, resources: Resources): Population {
  const groupsOf = new Map<string, Set<string>>();
  for (const { connector, displayName: name, isTwin = false, members } of resources.groups) {
    const subject = subjectOfGroup(program.groups, { connector, name, isTwin });
    if (subject === undefined) continue;
    for (const id of members) {
      const key = ownerKey(connector, id);
      const groups = groupsOf.get(key) ?? new Set();
      groupsOf.set(key, groups.add(subject));
    }
  }

  const failures: string[] = [];
  const owned = new Map(
    [...resources.owners].map(([account, { connector, user }]) => [ownerKey(connector, user), account]),
  );
  const nameOf = (key: string) => `user ${key}${owned.has(key) ? ` (account ${owned.get(key)})` : ""}`;
  const overruled = overruledUsers(program, resources.users, (key, reason) =>
    failures.push(`${nameOf(key)}: ${reason}`),
  );
  const accounts = new Map<string, Member>();
  const withheld: Withheld[] = [];
  for (const stored of resources.users) {
    const { connector, id, resource } = stored;
    const entitlement = program.entitlement(connector, resource);
    const key = ownerKey(connector, id);
    const who = nameOf(key);
    if (entitlement.kind === "failed") failures.push(`${who}: ${entitlement.reason}`);
    if (entitlement.kind !== "account" || overruled.has(key)) continue;
    const { account, derived, keys } = entitlement;
    const groups = new Set([...(groupsOf.get(key) ?? []), ...derived]);
    if (!program.triggers.letIn(connector, groups)) continue;
    const owner = resources.owners.get(account.name);
    const shown = provenIdentity(resource, stored.identity, account.name);
    const isShared = owner !== undefined && sharesIdentity(resources.users, stored, owner, shown);
    const proven = isShared ? null : shown;
    const passes = owner && overruled.get(ownerKey(owner.connector, owner.user)) === account.name;
    const because = isDoubted(stored)
      ? "identity"
      : owner === undefined || passes || (stored.withheld !== account.name && owns(owner, stored, proven))
        ? undefined
        : "owner";
    const other = accounts.get(account.name);
    if (because) withheld.push({ connector, user: id, account: account.name, because });
    else if (other)
      failures.push(
        `${who}: ${resources.owners.has(account.name) ? `account ${account.name}` : "its account"} belongs to another user (${ownerKey(other.connector, other.user)})`,
      );
    else
      accounts.set(account.name, {
        ...account,
        connector,
        user: id,
        proven,
        groups,
        ...(keys && { keys }),
      });
  }
  // who is let in has failed for the same reason
  return { accounts, withheld, failures: [...new Set(failures)] };
}

/** Whether others have the identity too by which a user would be an owner again: what several have brings nobody back. */
function sharesIdentity(
  users: readonly StoredUser[],
  { connector, id }: StoredUser,
  owner: Owner,
  shown: string | null,
): boolean {
  if (shown === null || shown !== owner.externalId || owner.user === id) return false;
  const these = [id, owner.user];
  return users.some(
    (other) => other.connector === connector && other.identity === shown && !these.includes(other.id),
  );
}

/**
 * The users, by owner key, of whose account a connector with a lower precedence speaks too, and that account. Who is
 * inactive or out of scope there is spoken of all the same: a leaver there is one here.
 */
function overruledUsers(
  program: Program,
  users: readonly StoredUser[],
  fail: (key: string, reason: string) => void,
): ReadonlyMap<string, string> {
  const first = new Map<string, number>();
  const ranked = users.flatMap(({ connector, id, resource }) => {
    const { precedence } = program.release.connectors[connector] ?? {};
    const named = precedence === undefined ? undefined : program.accountName(connector, resource);
    // of whom it speaks, perhaps of a leaver, is not known
    if (named && !named.ok) fail(ownerKey(connector, id), named.error.reason);
    const account = named?.ok ? named.value : undefined;
    if (precedence === undefined || account === undefined) return [];
    first.set(account, Math.min(precedence, first.get(account) ?? precedence));
    return [{ key: ownerKey(connector, id), account, precedence }];
  });
  return new Map(
    ranked
      .filter(({ account, precedence }) => precedence > (first.get(account) ?? precedence))
      .map(({ key, account }) => [key, account]),
  );
}

/** How a user is named among those of all connectors. */
export function ownerKey(connector: string, id: string): string {
  return `${connector}/${id}`;
}
