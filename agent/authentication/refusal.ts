/** Why somebody is not let in, as a code with its facts; each listener says it in its own way. */
import type { Milliseconds } from "../../model/time.ts";

export type Refusal = {
  /** For people, and never a token. */
  readonly detail: string;
} & (
  | {
      /**
       * - `noToken`: none was given
       * - `malformed`: the header is there, and is none of RFC 6750, section 2.1
       * - `invalidToken`: it is not one that is accepted
       * - `pastLifetime`: it was accepted until its lifetime was over
       */
      readonly code: "noToken" | "malformed" | "invalidToken" | "pastLifetime";
    }
  | {
      /** The token may not do what is asked. */
      readonly code: "insufficientScope";
      /** The scope that may, where there is one. */
      readonly scope: string | undefined;
    }
  | {
      /**
       * - `tooManyRequests`: too much was sent
       * - `cannotTell`: it cannot be told now whether the token is valid
       */
      readonly code: "tooManyRequests" | "cannotTell";
      /** When to come again. */
      readonly wait: Milliseconds;
    }
);
