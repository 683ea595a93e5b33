/** What is shared by all that is replaced on the host while the agent runs: each is in the audit, and what cannot be taken is told. */
import type { AlertEvent } from "../alerts/event.ts";

/** Who is let in, or by what the agent is known, is another from now on, and nobody asked the agent. */
export interface Renewal {
  readonly operation: "certificate.replace" | "admin-token.replace";
  readonly target: string;
  readonly detail: string;
}

export interface Renewing {
  /** Stores rows of the audit. */
  readonly audit: (renewals: readonly Renewal[]) => void;
  /** Is told what somebody has to know. */
  readonly raised: (...events: readonly AlertEvent[]) => void;
}
