/** Why a store has no value. */

export interface StoreFailure {
  /** A sentence without a full stop; no part of a secret is in it, nor anything that a store said. */
  readonly reason: string;
  /** The same of the store alone, where it cannot be asked at all: that says nothing of the secret, and another time is worth it. */
  readonly away?: string;
  /** Whether the place was looked at, and nothing is there: that is no failure of a slot that waits for its next value. */
  readonly isEmpty?: true;
}
