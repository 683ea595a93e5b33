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
