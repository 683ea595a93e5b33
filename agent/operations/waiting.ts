/** An operation that waits for its turn, and for the commit after it. */
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Serving } from "../releases/serving.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import type { Operation } from "./operation.ts";
import type { Outcome, Refused } from "./outcome.ts";
import type { Prepared } from "./writing.ts";

/** Whether who sent a request may still do it, by what is served at a time. */
export type IsLetIn = (serving: Serving, now: Time) => boolean;

export interface Waiting {
  readonly operation: Operation;
  /** The body of an operation on a group, as it came, where it is too large to be read where requests are answered. */
  readonly bytes?: Uint8Array | undefined;
  /** Of the short part of a long write: what is done already, and whether a refusal is not the last word. */
  readonly part?: { readonly prepared?: Prepared | undefined; readonly isTrial: boolean };
  /** Of a release: what came of judging it, since when it is judged, by what the agent has measured, and how often it was. */
  readonly judged?: {
    readonly admission: NonNullable<Surroundings["admission"]>;
    readonly secrets: Surroundings["secrets"];
    readonly since: Milliseconds;
    readonly times: number;
  };
  /** What has been answered already, and is only to be put into the audit. */
  readonly refused?: Refused;
  /** Absent where no release says who may do it. */
  readonly isStillLetIn?: IsLetIn | undefined;
  readonly answer: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}
