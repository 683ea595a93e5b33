/** An operation that waits for its turn, and for the commit after it. */
import type { Operation } from "./operation.ts";
import type { Outcome, Refused } from "./outcome.ts";
import type { Prepared } from "./writing.ts";

export interface Waiting {
  readonly operation: Operation;
  /** The body of an operation on a group, as it came, where it is too large to be read where requests are answered. */
  readonly bytes?: Uint8Array | undefined;
  /** Of the short part of a long write: what is done already, and whether a refusal is not the last word. */
  readonly part?: { readonly prepared?: Prepared | undefined; readonly isTrial: boolean };
  /** What has been answered already, and is only to be put into the audit. */
  readonly refused?: Refused;
  readonly answer: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}
