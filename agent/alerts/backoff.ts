/** When what failed is tried again: slower and slower, each at another moment, so that not all come at once. */
import { milliseconds } from "../../model/duration.ts";
import type { Connector } from "../../model/environment/connector.ts";
import type { Milliseconds } from "../../model/time.ts";

/** How something is tried again. */
export interface Backoff {
  /** How often, after the first attempt. */
  readonly attempts: number;
  /** The wait before the first of them; each further one waits twice as long. */
  readonly first: Milliseconds;
  readonly max: Milliseconds;
}

/** Where a connector says nothing else: half a day. */
export const usualBackoff: Backoff = { attempts: 20, first: 5_000, max: 3_600_000 };

/** What a connector declares. */
export function backoffOf({ attempts, first, max }: NonNullable<Connector["retry"]>): Backoff {
  return { attempts, first: milliseconds(first), max: milliseconds(max) };
}

/**
 * The wait after an attempt that failed: between half and all of what is due.
 *
 * @param failed how many have failed, 1 or more
 * @param random evenly from 0 to 1
 */
export function pauseAfter(
  failed: number,
  { first, max }: Pick<Backoff, "first" | "max">,
  random: () => number = Math.random,
): Milliseconds {
  // beyond 2^40 times any wait is the longest one
  const span = Math.min(max, first * 2 ** Math.min(failed - 1, 40));
  return Math.ceil(span * (0.5 + random() / 2));
}
