/** Whose an account is: nobody gets one that was another's, unless an approver says so. */
import { isDoubted, owns, passesTo, provenIdentity, type WithheldBecause } from "../../policy/identity.ts";
import type { User } from "../../policy/user.ts";
import { latestOf } from "../clock/rule.ts";
import type { Directory } from "../directory/directory.ts";
import { ownerOf } from "../directory/owners.ts";
import type { UserRow } from "../directory/rows.ts";
import { type Refused, refused } from "./outcome.ts";
import { isOutranked, isOverruled, type Rivals } from "./precedence.ts";
import { provenFor } from "./proven.ts";
import type { Writing } from "./writing.ts";

/** A user who is written, and what the release makes of them. */
export interface AccountClaimant {
  readonly id: string;
  readonly before: UserRow | undefined;
  readonly user: User;
  readonly externalId: string | null;
  /** The account that the mapping gives; null for none. */
  readonly wanted: string | null;
  /** Who else speaks of it, where connectors have a precedence. */
  readonly rivals?: Rivals | undefined;
  /** That of the connector. */
  readonly precedence?: number | undefined;
}

/** What comes of a claim: the columns of the user's row. */
export interface Standing
  extends Pick<UserRow, "account" | "claimed" | "identity" | "lapsed" | "withheld" | "withheld_since"> {
  readonly because?: WithheldBecause;
  /** The owner is back, as another resource with the same identity. */
  readonly returned: boolean;
  /** Whether another connector, which counts, speaks of the account. */
  readonly isOverruled?: true;
}

/**
 * Decides whether a user gets an account, and makes them its owner then. An account that is another's, or of a user who may
 * be another person by now, is withheld; one that another user has at this time is refused.
 */
export async function claim(writing: Writing, claimant: AccountClaimant): Promise<Standing | Refused> {
  const { directory, connector, now } = writing;
  const { id, before, user, externalId, wanted, rivals, precedence } = claimant;
  const identity = await identityOf(writing, claimant);
  const claimed = externalId ?? before?.claimed ?? null;
  const none = { account: null, withheld: null, withheld_since: null, claimed, identity, returned: false };
  if (wanted === null) {
    if (hadAny(before)) await leaveNames(directory, before, user);
    return { ...none, lapsed: before?.lapsed || hadAny(before) ? 1 : 0 };
  }

  const owner = await directory.owners.find(wanted);
  const identified = { connector, id, claimed, identity };
  const proven = await provenFor(directory, { ...identified, user }, wanted, owner && ownerOf(owner));
  const isOwn = !owner || owns(ownerOf(owner), identified, proven);
  const passes =
    !isOwn && (rivals?.pairs.some((pair) => passesTo(pair, ownerOf(owner), identified, proven)) ?? false);
  const because = isDoubted(identified) ? "identity" : isOwn || passes ? undefined : "owner";
  const speaker = {
    ...{ precedence: precedence ?? 0, wants: true, may: because === undefined },
    isDoubted: because === "identity",
  };
  if (isOverruled(rivals, speaker)) {
    if (hadAny(before)) await leaveNames(directory, before, user);
    return { ...none, lapsed: before?.lapsed || hadAny(before) ? 1 : 0, isOverruled: true };
  }
  const present = before?.account === wanted ? id : await directory.users.withThisAccount(wanted);
  const isRival = rivals?.rivals.some(({ row }) => row.id === present) ?? false;
  const mayBeThere =
    rivals && present !== undefined && (because ? isRival : isOutranked(rivals, present, speaker));
  if (present !== undefined && present !== id && !mayBeThere)
    return refused("accountTaken", `account "${wanted}" belongs to another user`);
  const lapsed = before?.lapsed ?? 0;
  if (because) {
    const withheld_since = before?.withheld === wanted ? before.withheld_since : now;
    return { ...none, lapsed, withheld: wanted, withheld_since, because };
  }
  const isOthers = owner !== undefined && owner.user_id !== id;
  const returned = isOthers && !passes;
  if (!owner || isOthers || (proven !== null && owner.external_id === null))
    await directory.owners.put({
      account: wanted,
      connector,
      user_id: id,
      external_id: proven,
      since: passes ? now : (owner?.since ?? now),
    });
  return { ...none, account: wanted, lapsed, returned };
}

/**
 * Of a user who leaves: an externalId that is one of their names by now brings nobody back, since the next one may have it.
 *
 * @param after the user as they are from now on; absent for one who is deleted
 */
export async function leaveNames(
  { owners }: Directory,
  { id, identity, account, resource }: UserRow,
  after?: User,
): Promise<void> {
  const users = [JSON.parse(resource) as User, ...(after ? [after] : [])];
  if (users.some((user) => provenIdentity(user, identity, account) === null))
    await owners.identify(id, identity, null);
}

/** Whether a user had an account, or waited for one. */
function hadAny(before: UserRow | undefined): before is UserRow {
  return before !== undefined && (before.account !== null || before.withheld !== null);
}

/**
 * Who a user is by what is written: once known, it counts for good. Another externalId is the same person's where the user
 * never was without access and it proves nothing, or where an approver lets the connector renumber.
 */
async function identityOf(
  { directory, active, connector, now, clock }: Writing,
  { id, before, user, externalId, wanted }: AccountClaimant,
): Promise<string | null> {
  if (!before) return externalId;
  const { identity, lapsed } = before;
  if (externalId === null || externalId === identity || lapsed) return identity;
  // nobody becomes known by the write that shuts them out: it may be about the next one
  if (wanted === null && hadAny(before)) return identity;
  // what proved it once goes on to, whatever name is made equal to it since
  const isKnown = await directory.owners.isKnownBy(id, identity);
  const former = JSON.parse(before.resource) as User;
  const called = active.program.accountName(connector, former);
  const was = isKnown ? identity : provenIdentity(former, identity, (called.ok && called.value) || null);
  const is = provenIdentity(user, externalId, wanted);
  const latest = latestOf({ now, clock });
  if (was !== null && !(await directory.renumberings.allows(connector, latest))) return identity;
  if (was !== is) await directory.owners.identify(id, was, is);
  return externalId;
}
