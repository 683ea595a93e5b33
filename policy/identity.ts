/**
 * Who a user is, and whose an account is. A name proves nothing, since providers give it to the next one: the identity is
 * the externalId, where that is more than a name again; else the resource itself.
 */
import { foldName } from "../model/name.ts";
import type { User } from "./user.ts";

/** A stored user as somebody who is known. */
export interface Identified {
  readonly connector: string;
  readonly id: string;
  /** The externalId that the provider sent last: one that it no longer sends still counts. */
  readonly claimed: string | null;
  /** The externalId that the user was known by first, or was confirmed to have. */
  readonly identity: string | null;
}

/** Who had an account last. */
export interface Owner {
  readonly connector: string;
  /** The SCIM id. */
  readonly user: string;
  /** The identity where one was proven; null where the resource is it. */
  readonly externalId: string | null;
}

/** Two identities of which an approver has said that they are one person, as owners of an account. */
export interface ConfirmedPair {
  readonly account: string;
  readonly one: Owner;
  readonly other: Owner;
}

/** Why an account is withheld: the user is another one than was known, or the account is another's. */
export type WithheldBecause = "identity" | "owner";

/** Whether a user may be another person than the one who was known by this resource: they came with another externalId. */
export function isDoubted({ claimed, identity }: Pick<Identified, "claimed" | "identity">): boolean {
  return claimed !== null && claimed !== identity;
}

/** Whether an account is a user's own. Whoever comes back as another resource shows it by an externalId that proves it. */
export function owns(owner: Owner, user: Identified, proven: string | null): boolean {
  if (owner.connector !== user.connector) return false;
  if (owner.externalId === null) return owner.user === user.id;
  return user.identity === owner.externalId && (owner.user === user.id || proven === owner.externalId);
}

/** Whether two are the same identity, by the resource or by what was proven. */
export function isSameOwner(one: Owner, other: Owner): boolean {
  if (one.connector !== other.connector) return false;
  // nobody who is here has no id
  if (one.user !== "" && one.user === other.user) return true;
  return one.externalId !== null && one.externalId === other.externalId;
}

/** Whether an account passes from its owner to a user by a pair. `proven` as that of `owns`. */
export function passesTo(
  { one, other }: ConfirmedPair,
  owner: Owner,
  user: Identified,
  proven: string | null,
): boolean {
  return (
    (isSameOwner(one, owner) && owns(other, user, proven)) ||
    (isSameOwner(other, owner) && owns(one, user, proven))
  );
}

/**
 * The identity that an externalId proves; null where it says no more than the userName, an e-mail or the account do, which
 * the next one may have.
 */
export function provenIdentity(user: User, externalId: string | null, account: string | null): string | null {
  if (externalId === null) return null;
  const key = foldName(externalId);
  const isName = namesOf(user, account).some((name) => typeof name === "string" && foldName(name) === key);
  return isName ? null : externalId;
}

function namesOf({ userName, emails }: User, account: string | null): unknown[] {
  const addresses = Array.isArray(emails) ? emails.map((email: { value?: unknown }) => email?.value) : [];
  return [userName, account, ...addresses];
}
