/**
 * Who guesses tokens is told to stay away for a while; each further time within an hour, for twice as long. Whoever comes with
 * a valid one is let in all the while.
 */
import { LRUCache } from "lru-cache";
import type { Milliseconds, Time } from "../../model/time.ts";

const minute: Milliseconds = 60_000;

/** So many failures … */
const failures = 10;
/** … within this time. */
const window = minute;
const first = minute;
const longest = 15 * minute;
/** How long a lock-out makes the next one longer. */
const memory = 60 * minute;

interface Attempts {
  /** When the latest ones failed, oldest first. */
  readonly times: readonly Time[];
  /** When the latest lock-out began, and how long it is. */
  readonly begun: Time;
  readonly span: Milliseconds;
}

const none: Attempts = { times: [], begun: Number.NEGATIVE_INFINITY, span: 0 };

/**
 * Counts by `place`: a source and what it tries to enter. What happened longest ago is forgotten first; to ask about a place
 * does not keep it.
 */
export class LockOut {
  readonly #attempts: LRUCache<string, Attempts>;
  readonly #familiar: LRUCache<string, true>;

  /** @param size how many places are remembered: some megabytes, whoever comes from how many addresses */
  constructor(size = 10_000) {
    this.#attempts = new LRUCache({ max: size });
    this.#familiar = new LRUCache({ max: size });
  }

  /** How long a place is still locked out; 0 when it is not. */
  remaining(place: string, now: Time): Milliseconds {
    const { begun, span } = this.#attempts.peek(place) ?? none;
    return Math.max(0, begun + span - now);
  }

  /**
   * Counts a failure.
   *
   * @returns whether it is the first one of late, and how long the place is locked out when it was too much
   */
  failed(place: string, now: Time): { readonly isFirst: boolean; readonly span?: Milliseconds } {
    const { times, begun, span } = this.#attempts.peek(place) ?? none;
    const recent = [...times.filter((time) => time > now - window), now];
    if (recent.length < failures) {
      this.#attempts.set(place, { times: recent, begun, span });
      return { isFirst: recent.length === 1 };
    }
    const next = now - begun < memory ? Math.min(2 * span, longest) : first;
    this.#attempts.set(place, { times: [], begun: now, span: next });
    return { isFirst: false, span: next };
  }

  /** Notes what was let in from a place: when it is not valid any more, it is no guess. */
  succeeded(place: string, mark: string): void {
    this.#familiar.set(`${place} ${mark}`, true);
  }

  /** Whether it was let in from this place before. */
  knows(place: string, mark: string): boolean {
    return this.#familiar.peek(`${place} ${mark}`) === true;
  }
}
