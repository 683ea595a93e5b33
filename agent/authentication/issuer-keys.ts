/** The public keys of an issuer (RFC 7517): fetched when they are needed, kept for a while, fetched again for a new key. */
import type { FastifyBaseLogger } from "fastify";
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import type { Milliseconds, Time } from "../../model/time.ts";
import { pauseAfter } from "../alerts/backoff.ts";

/** How long fetched keys are used: so late at most a withdrawn key is noticed. */
const maxAge: Milliseconds = 600_000;
/** After a fetch, a key that nobody knows is not looked for again so long: anybody can name one. */
const cooldown: Milliseconds = 30_000;
/** After a fetch that failed, the next one waits at least half of it, and each further one twice as long up to the other. */
const backoff: { readonly first: Milliseconds; readonly max: Milliseconds } = { first: 10_000, max: 60_000 };
/** After so many that failed somebody is told. */
const toldAfter = 3;

/** The issuer does not answer with its keys, so that nobody can tell whether a token is valid. */
export class IssuerUnreachable extends Error {
  /** When to come again. */
  readonly wait: Milliseconds;

  constructor(wait: Milliseconds) {
    super();
    this.wait = wait;
  }
}

export class IssuerKeys {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  readonly #url: URL;
  readonly #log: FastifyBaseLogger;
  readonly #now: () => Time;
  #loaded: Time = Number.NEGATIVE_INFINITY;
  readonly #missing: (attempts: number) => void;
  /** How many fetches have failed since the last one that did not, and when the next one may be. */
  #attempts = 0;
  #next: Time = Number.NEGATIVE_INFINITY;

  /** @param missing is told how many attempts have failed, once it is time that somebody knows */
  constructor(jwks: URL, log: FastifyBaseLogger, now: () => Time, missing: (attempts: number) => void) {
    this.#missing = missing;
    this.#url = jwks;
    this.#log = log;
    this.#now = now;
    // when to fetch again is decided here, by the agent's clock; redirects are not followed
    this.#remote = createRemoteJWKSet(jwks, {
      timeoutDuration: 5_000,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
    });
  }

  /**
   * The key that a token names.
   *
   * @throws {IssuerUnreachable}
   * @throws {errors.JOSEError} when the issuer has no such key
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#now() - this.#loaded >= maxAge) await this.#load();
    try {
      return await this.#remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || this.#now() - this.#loaded < cooldown) throw error;
    }
    await this.#load();
    return this.#remote(header, token);
  };

  async #load(): Promise<void> {
    const wait = this.#next - this.#now();
    if (wait > 0) throw new IssuerUnreachable(wait);
    try {
      await this.#remote.reload();
      this.#loaded = this.#now();
      if (this.#attempts > 0)
        this.#log.info(
          { jwks: this.#url.href, attempts: this.#attempts },
          "the keys of a token issuer are there again",
        );
      this.#attempts = 0;
    } catch (cause) {
      const attempts = this.#attempts + 1;
      const pause = pauseAfter(attempts, backoff);
      this.#attempts = attempts;
      this.#next = this.#now() + pause;
      this.#log.warn(
        { err: cause, jwks: this.#url.href, attempts },
        "the keys of a token issuer cannot be fetched",
      );
      if (attempts >= toldAfter) this.#missing(attempts);
      throw new IssuerUnreachable(pause);
    }
  }
}
