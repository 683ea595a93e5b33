/** How many requests are taken: a token bucket, which holds as many as the limit and fills evenly in its time. */
import type { Guarded } from "./credentials.ts";

export class TokenBucket {
  readonly #requests: number;
  readonly #per: number;
  #left: number;
  #at: number;

  /** A full one. */
  constructor({ requests, per }: NonNullable<Guarded["rateLimit"]>, now: number) {
    this.#requests = requests;
    this.#per = per;
    this.#left = requests;
    this.#at = now;
  }

  /** Takes one request out. Answers 0, or for how many milliseconds there is none. */
  take(now: number): number {
    const filled = (Math.max(0, now - this.#at) * this.#requests) / this.#per;
    this.#left = Math.min(this.#requests, this.#left + filled);
    this.#at = now;
    if (this.#left < 1) return ((1 - this.#left) * this.#per) / this.#requests;
    this.#left -= 1;
    return 0;
  }
}
