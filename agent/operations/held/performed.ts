/** What comes of an operation and of what is done with it, and what is known of it before. */
import type { Operation } from "../operation.ts";
import type { Outcome } from "../outcome.ts";
import type { Prepared } from "../writing.ts";
import type { Size } from "./holds.ts";

/** An operation and what came of it. */
export type DoneStep = readonly [operation: Operation, outcome: Outcome];

/** What came of an operation, and of others that were done with it. */
export interface Performed {
  readonly outcome: Outcome;
  readonly further: readonly DoneStep[];
  /** What is held by another constraint from now on, for whoever lists what fails. */
  readonly alsoHeld?: DoneStep;
  /** Whether there is nothing to write down: it was looked at again, and is as it was. */
  readonly isSilent: boolean;
}

/** Whether anything waits: where nothing does, nobody looks for it at each write. */
export interface OpenHolds {
  mayBeAny: boolean;
  /** How much more of each connector may be kept before it is counted again. */
  readonly room: Map<string, Size>;
  /** How much was kept of each since what has ended was forgotten. */
  readonly added: Map<string, Size>;
}

export interface Asked {
  readonly prepared?: Prepared | undefined;
  /** The body, where it was too large to be read at once. */
  readonly bytes?: Uint8Array | undefined;
  /** Whether a refusal is not the last word. */
  readonly isTrial?: boolean | undefined;
  readonly open: OpenHolds;
  /** Takes the users who may be suspended by it, or no longer, by SCIM id. */
  readonly moved: Set<string>;
  /** Whether there is room for nothing but what takes access away. */
  readonly isTight: boolean;
  /** Whether a connector only takes access away, since too many of its writes failed. */
  readonly isQuarantined: (connector: string) => boolean;
}

/** The outcome of one operation alone. */
export function alone(outcome: Outcome): Performed {
  return { outcome, further: [], isSilent: false };
}
