/** Where something is done or looked at: the store, what is active, the host, and the time. */
import type { Result } from "../../model/result.ts";
import type { SecretStores } from "../../secrets/stores/stores.ts";
import type { ClockReading } from "../clock/rule.ts";
import type { HostRules } from "../config.ts";
import type { Store } from "../store/schema.ts";
import type { Untrusted } from "./archive.ts";
import type { Admission, Evaluator, TookTooLong } from "./evaluator.ts";
import type { Removals } from "./removals.ts";
import type { Runtime } from "./runtime.ts";
import type { ResolvedSecrets } from "./secrets.ts";

export interface Surroundings extends ClockReading {
  /** A transaction, for whoever writes. */
  readonly store: Store;
  /** Null when no release is active. */
  readonly active: Runtime | null;
  /** Why none is active here, where one is that cannot be trusted as it is stored. */
  readonly untrusted?: Untrusted | undefined;
  /** By what access is taken away then. */
  readonly removals?: Removals | undefined;
  readonly host: HostRules;
  /** Where the secrets of the release are read that becomes active; without them, nothing that wants one does. */
  readonly stores?: SecretStores | undefined;
  /** Evaluates for everybody elsewhere; without one, as in a rehearsal, it is done here. */
  readonly evaluation?: Evaluator;
  /** What came of judging the release that is to become active, where that is done already. */
  readonly admission?: Result<Admission, TookTooLong> | undefined;
  /** Its secrets, where they were asked for already: a source that is slow keeps nobody waiting. */
  readonly secrets?: ResolvedSecrets | undefined;
  /** What constraints do not stop. */
  readonly leave?: Leave | undefined;
}

/** How constraints look at a write of which they have held something before. */
export interface Leave {
  /** Those whose holding somebody has lifted; `all` where it was done before, and is only kept so. */
  readonly lifted: ReadonlySet<string> | "all";
}
