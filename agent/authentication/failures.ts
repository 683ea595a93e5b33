/** What is told of callers who are not let in: for each connector the first of a kind, and then no more than one in a while. */
import { LRUCache } from "lru-cache";
import type { Milliseconds } from "../../model/time.ts";
import type { AlertEvent } from "../alerts/event.ts";

/** However many come from however many places, somebody is told once in so long. */
const pause: Milliseconds = 60_000;

/** What is wrong, each a matter of its own. */
const kinds = {
  invalid: "a token came that is not valid",
  ended: "a bearer token came that is past its lifetime, and is refused: replace it at the identity provider",
  lockedOut: "too many tokens came that are not valid, and where they came from is locked out",
} as const;

interface Told {
  readonly at: Milliseconds;
  /** How many came since. */
  readonly count: number;
}

export class AuthenticationFailures {
  readonly #tell: (event: AlertEvent) => void;
  readonly #told = new LRUCache<string, Told>({ max: 1_000 });

  constructor(tell: (event: AlertEvent) => void) {
    this.#tell = tell;
  }

  /**
   * Tells of a failure, or counts it.
   *
   * @param source where it came from
   * @param now by what the agent has measured
   */
  failed(connector: string, kind: keyof typeof kinds, source: string, now: Milliseconds): void {
    const key = `${connector} ${kind}`;
    const last = this.#told.get(key);
    if (last && now - last.at < pause) {
      this.#told.set(key, { ...last, count: last.count + 1 });
      return;
    }
    this.#told.set(key, { at: now, count: 0 });
    const more = last && last.count > 0 ? `, and ${last.count} more since the last alert` : "";
    const summary = `connector ${connector}: ${kinds[kind]}${more}`;
    this.#tell({
      ...{ kind: "auth-failed", connector, subject: kind, summary },
      detail: `${summary}, from ${source}`,
    });
  }
}
