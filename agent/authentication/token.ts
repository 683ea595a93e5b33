/** Fixed bearer tokens: kept as hashes, compared in constant time, accepted until their lifetime is over. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Time } from "../../model/time.ts";

/** A token that is known by its hash. */
export interface KnownToken {
  /** SHA-256 of it. */
  readonly hash: Buffer;
  /** When it was seen first. */
  readonly since: Time;
  /** From when on it is not accepted any more; Infinity for never. */
  readonly expires: Time;
}

/** SHA-256 of a token: what is kept of it, and compared. */
export function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** The token of an `Authorization: Bearer` header (RFC 6750, section 2.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(header ?? "")?.[1];
}

/** The token of this hash. Each one is compared, so that it takes the same time whichever it is. */
export function findToken<T extends Pick<KnownToken, "hash">>(
  hash: Buffer,
  known: readonly T[],
): T | undefined {
  return known.reduce<T | undefined>(
    (found, token) => (timingSafeEqual(hash, token.hash) ? token : found),
    undefined,
  );
}
