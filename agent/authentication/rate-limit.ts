/** How many requests are taken: a token bucket, which holds as many as the limit and fills evenly in its time. */
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Guarded } from "./credentials.ts";

export class TokenBucket {
  readonly #requests: number;
  readonly #per: Milliseconds;
  #left: number;
  #at: Time;

  /** A full one. */
  constructor({ requests, per }: NonNullable<Guarded["rateLimit"]>, now: Time) {
    this.#requests = requests;
    this.#per = per;
    this.#left = requests;
    this.#at = now;
  }

  /** Takes one request out. Answers 0, or for how long there is none. */
  take(now: Time): Milliseconds {
    const filled = (Math.max(0, now - this.#at) * this.#requests) / this.#per;
    this.#left = Math.min(this.#requests, this.#left + filled);
    this.#at = now;
    if (this.#left < 1) return ((1 - this.#left) * this.#per) / this.#requests;
    this.#left -= 1;
    return 0;
  }
}
