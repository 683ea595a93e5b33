/** Who guesses tokens is not listened to for a while; each further time within an hour, for twice as long. */
import { BoundedMap } from "./bounded.ts";

const minute = 60_000;

/** So many failures … */
const failures = 10;
/** … within this time. */
const window = minute;
const first = minute;
const longest = 15 * minute;
/** How long a lock-out makes the next one longer. */
const memory = 60 * minute;

/** How many sources are remembered: some megabytes, whoever comes from how many addresses. */
const size = 10_000;

interface Attempts {
  /** When the latest ones failed, oldest first. */
  readonly times: readonly number[];
  /** When the latest lock-out began, and how long it is. */
  readonly begun: number;
  readonly span: number;
}

const none: Attempts = { times: [], begun: Number.NEGATIVE_INFINITY, span: 0 };

/** Counts by `place`: a source and what it tries to enter. All times are milliseconds. */
export class LockOut {
  readonly #attempts = new BoundedMap<Attempts>(size);
  readonly #familiar = new BoundedMap<true>(size);

  /** How long a place is still locked out; 0 when it is not. */
  remaining(place: string, now: number): number {
    const { begun, span } = this.#attempts.get(place) ?? none;
    return Math.max(0, begun + span - now);
  }

  /**
   * Counts a failure.
   *
   * @returns whether it is the first one of late, and how long the place is locked out when it was too much
   */
  failed(place: string, now: number): { readonly isFirst: boolean; readonly span?: number } {
    const { times, begun, span } = this.#attempts.get(place) ?? none;
    const recent = [...times.filter((time) => time > now - window), now];
    if (recent.length < failures) {
      this.#attempts.set(place, { times: recent, begun, span });
      return { isFirst: recent.length === 1 };
    }
    const next = now - begun < memory ? Math.min(2 * span, longest) : first;
    this.#attempts.set(place, { times: [], begun: now, span: next });
    return { isFirst: false, span: next };
  }

  /** Notes what was let in from a place: whoever guesses from the same address cannot lock it out. */
  succeeded(place: string, mark: string): void {
    this.#familiar.set(`${place} ${mark}`, true);
  }

  /** Whether it was let in from this place before. */
  knows(place: string, mark: string): boolean {
    return this.#familiar.get(`${place} ${mark}`) === true;
  }
}
