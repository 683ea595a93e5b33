/** What a thread is asked that compares the access file with the store, and what it answers. */
import type { MessagePort } from "node:worker_threads";
import type { AccessSample } from "../../policy/samples.ts";
import type { AccessDifference } from "../mercurial/compare.ts";

export interface ComparisonAsk {
  /** By which both sides say how far they are: see `ready` in comparison.ts. */
  readonly port: MessagePort;
}

export interface AccessComparison extends AccessSample {
  readonly differences: readonly AccessDifference[];
  /** Why nobody knows about which repositories to ask; absent where the agent can list them. */
  readonly unlisted?: readonly string[];
}
