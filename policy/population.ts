/** All users and groups under one release: which accounts there are, whose each is, and which groups it is in. */

import { ok } from "../model/result.ts";
import { GroupSets } from "./group-sets.ts";
import {
  type ConfirmedPair,
  type Identified,
  isDoubted,
  type Owner,
  owns,
  passesTo,
  provenIdentity,
  type WithheldBecause,
} from "./identity.ts";
import { overrules, type Speaker } from "./precedence.ts";
import type { Entitlement, Program } from "./program.ts";
import { subjectOfGroup } from "./twin.ts";
import type { Account, User } from "./user.ts";

export interface StoredUser extends Identified {
  readonly resource: User;
  /** The account that is withheld from them now: what third users do gives it to nobody. */
  readonly withheld: string | null;
  /** The account of which they spoke last, where connectors had a precedence: who has none goes on to. */
  readonly spoken?: string | null;
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
  /** Between which identities accounts pass, by an approver's word. */
  readonly pairs?: readonly ConfirmedPair[];
}

export interface Member extends Account {
  readonly connector: string;
  readonly user: string;
  /** The externalId by which they are the owner from now on; null where the resource is. */
  readonly proven: string | null;
  /**
   * `connector/group`: the selected groups that the user is a member of, and the derived ones; twins as in twin.ts. Those who are
   * in the same ones share it.
   */
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

/** Of which account a user speaks: the one that they had, or would have; and the one that the mapping gives them now. */
export interface Spoken {
  readonly speaks_of: string | null;
  readonly named: string | null;
}

export interface Population {
  /** The accounts that are allowed in, by name. */
  readonly accounts: ReadonlyMap<string, Member>;
  readonly withheld: readonly Withheld[];
  /** Of which account each user speaks, by SCIM id, whose connector has a precedence; absent where none has. */
  readonly speaks?: ReadonlyMap<string, Spoken>;
  /**
   * Why the release cannot run on these resources: failed mappings, two users for one account. Who may only ask what a
   * release would do reads them too, and could ask for any attribute by a mapping: so they name resources, and accounts
   * that there are already.
   */
  readonly failures: readonly string[];
}

/** The accounts that a release makes of the stored resources. */
export function populate(program: Program, resources: Resources): Population {
  const sets = new GroupSets();
  const groupsOf = new Map<string, Map<string, ReadonlySet<string>>>();
  for (const { connector, displayName: name, isTwin = false, members } of resources.groups) {
    const subject = subjectOfGroup(program.groups, { connector, name, isTwin });
    if (subject === undefined) continue;
    const ofUsers = groupsOf.get(connector) ?? new Map<string, ReadonlySet<string>>();
    groupsOf.set(connector, ofUsers);
    for (const id of members) ofUsers.set(id, sets.with(ofUsers.get(id) ?? sets.none, subject));
  }

  const failures: string[] = [];
  let owned: ReadonlyMap<string, string> | undefined;
  const nameOf = (key: string) => {
    // few releases fail for somebody
    owned ??= new Map(
      [...resources.owners].map(([account, { connector, user }]) => [ownerKey(connector, user), account]),
    );
    return `user ${key}${owned.has(key) ? ` (account ${owned.get(key)})` : ""}`;
  };
  const accounts = new Map<string, Member>();
  const withheld: Withheld[] = [];
  const claims: Claim[] = [];
  for (const stored of resources.users) {
    const { connector, id, resource } = stored;
    const entitlement = program.entitlement(connector, resource);
    const key = ownerKey(connector, id);
    if (entitlement.kind === "failed") failures.push(`${nameOf(key)}: ${entitlement.reason}`);
    const derived = entitlement.kind === "account" ? entitlement.derived : [];
    const own = groupsOf.get(connector)?.get(id) ?? sets.none;
    const groups = derived.reduce((some, group) => sets.with(some, group), own);
    const isGiven = entitlement.kind === "account" && program.triggers.letIn(connector, groups);
    claims.push({ stored, key, groups, given: isGiven ? entitlement : undefined });
  }
  const { isOverruled, speaks } = ranking(program, resources, claims, (key, reason) =>
    failures.push(`${nameOf(key)}: ${reason}`),
  );
  for (const claim of claims) {
    const { stored, key, groups, given } = claim;
    if (!given || isOverruled(claim)) continue;
    const { connector, id } = stored;
    const { account, keys } = given;
    const { proven, because } = standing(resources, stored, account.name, isRanked(program, connector));
    const other = accounts.get(account.name);
    if (because) withheld.push({ connector, user: id, account: account.name, because });
    else if (other)
      failures.push(
        `${nameOf(key)}: ${resources.owners.has(account.name) ? `account ${account.name}` : "its account"} belongs to another user (${ownerKey(other.connector, other.user)})`,
      );
    else
      accounts.set(account.name, {
        connector,
        user: id,
        proven,
        groups,
        // what is spread comes last: in front of others it takes a hundred times as long
        ...account,
        ...(keys && { keys }),
      });
  }
  // who is let in has failed for the same reason
  return { accounts, withheld, speaks, failures: [...new Set(failures)] };
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

/** A stored user, and what the release gives them; undefined for nothing. */
interface Claim {
  readonly stored: StoredUser;
  readonly key: string;
  readonly groups: ReadonlySet<string>;
  readonly given: Extract<Entitlement, { readonly kind: "account" }> | undefined;
}

/** How a user stands to an account that the release makes of them. */
function standing(
  { users, owners, pairs = [] }: Resources,
  stored: StoredUser,
  account: string,
  isRanked: boolean,
): { readonly proven: string | null; readonly because: WithheldBecause | undefined } {
  const owner = owners.get(account);
  const shown = provenIdentity(stored.resource, stored.identity, account);
  const isShared = owner !== undefined && sharesIdentity(users, stored, owner, shown);
  const proven = isShared ? null : shown;
  if (isDoubted(stored)) return { proven, because: "identity" };
  if (owner === undefined) return { proven, because: undefined };
  const passes =
    isRanked && pairs.some((pair) => pair.account === account && passesTo(pair, owner, stored, proven));
  const isTheirs = stored.withheld !== account && (owns(owner, stored, proven) || passes);
  return { proven, because: isTheirs ? undefined : "owner" };
}

function isRanked({ release }: Program, connector: string): boolean {
  return release.connectors[connector]?.precedence !== undefined;
}

/** Whom a connector that counts overrules, and of which account each speaks whose connector has a precedence. */
function ranking(
  program: Program,
  resources: Resources,
  claims: readonly Claim[],
  fail: (key: string, reason: string) => void,
): { readonly isOverruled: (claim: Claim) => boolean; readonly speaks: ReadonlyMap<string, Spoken> } {
  const speakers = new Map<string, Map<string, Speaker>>();
  const speaks = new Map<string, Spoken>();
  for (const { stored, key, given } of claims) {
    const { connector, id, resource, spoken = null } = stored;
    const { precedence } = program.release.connectors[connector] ?? {};
    if (precedence === undefined) continue;
    const named = given ? ok(given.account.name) : program.accountName(connector, resource);
    // of whom it speaks, perhaps of a leaver, is not known
    if (!named.ok) fail(key, named.error.reason);
    const name = named.ok ? named.value : undefined;
    const told = { speaks_of: (given ? name : (spoken ?? name)) ?? null, named: name ?? null };
    speaks.set(id, told);
    // a leaver may have got another name since
    for (const account of new Set([told.speaks_of, told.named])) {
      if (account === null) continue;
      const { because } = standing(resources, stored, account, true);
      const speaker = {
        ...{ precedence, wants: given !== undefined, may: because === undefined },
        isDoubted: because === "identity",
      };
      const there = speakers.get(account) ?? new Map<string, Speaker>();
      speakers.set(account, there.set(key, speaker));
    }
  }
  return {
    speaks,
    isOverruled({ key, given }) {
      const there = given && speakers.get(given.account.name);
      const own = there?.get(key);
      if (!there || !own) return false;
      return [...there.values()].some((other) => overrules(other, own));
    },
  };
}

/** How a user is named among those of all connectors. */
export function ownerKey(connector: string, id: string): string {
  return `${connector}/${id}`;
}
