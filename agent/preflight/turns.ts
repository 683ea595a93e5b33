/**
 * Who has it looked at what a release names. That makes the agent resolve secrets and connect to others, so that whoever may only read has it
 * done one at a time, so often, and so many together. The same question asked meanwhile has the same answer.
 */
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import { TokenBucket } from "../authentication/rate-limit.ts";

/** For each who asks, and for all of them together. */
export const limits = {
  each: { requests: 12, per: 60_000 },
  all: { requests: 60, per: 60_000 },
  /** Under way at once. */
  together: 4,
};

/** After which somebody's own question is most likely answered. */
const soon: Milliseconds = 5_000;

/** Who asks, and how much they may. */
export interface TurnFor {
  readonly asker: string;
  readonly isLimited: boolean;
}

export class Turns<T> {
  /** By the questions. */
  readonly #underway = new Map<string, Promise<T>>();
  readonly #busy = new Set<string>();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #all: TokenBucket;
  readonly #now: () => Milliseconds;

  /** @param now a clock that only goes on */
  constructor(now: () => Milliseconds = () => performance.now()) {
    this.#now = now;
    this.#all = new TokenBucket(limits.all, now());
  }

  /**
   * Has it looked, or takes part in what somebody else has it looked at.
   *
   * @param question what is asked, for which whoever asks it gets the same answer
   * @returns failing, after how long it is worth to ask again
   */
  take(
    question: string,
    { asker, isLimited }: TurnFor,
    look: () => Promise<T>,
  ): Result<Promise<T>, Milliseconds> {
    const same = this.#underway.get(question);
    if (same) return ok(same);
    if (!isLimited) return ok(this.#begin(question, look));
    if (this.#busy.has(asker) || this.#busy.size >= limits.together) return fail(soon);
    const now = this.#now();
    const bucket = this.#buckets.get(asker) ?? new TokenBucket(limits.each, now);
    this.#buckets.set(asker, bucket);
    const wait = bucket.take(now) || this.#all.take(now);
    if (wait > 0) return fail(wait);
    this.#busy.add(asker);
    return ok(this.#begin(question, look, () => this.#busy.delete(asker)));
  }

  #begin(question: string, look: () => Promise<T>, done: () => void = () => undefined): Promise<T> {
    const answer = look().finally(() => {
      this.#underway.delete(question);
      done();
    });
    this.#underway.set(question, answer);
    return answer;
  }
}
