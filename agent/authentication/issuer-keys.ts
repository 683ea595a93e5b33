/** The public keys of an issuer (RFC 7517): fetched when they are needed, kept for a while, fetched again for a new key. */
import type { FastifyBaseLogger } from "fastify";
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import type { Milliseconds, Time } from "../../model/time.ts";

/** How long fetched keys are used: so late at most a withdrawn key is noticed. */
const maxAge: Milliseconds = 600_000;
/** After a fetch, a key that nobody knows is not looked for again so long: anybody can name one. */
const cooldown: Milliseconds = 30_000;
/** After a fetch that failed, the next one waits so long. */
export const pause: Milliseconds = 10_000;

/** The issuer does not answer with its keys, so that nobody can tell whether a token is valid. */
export class IssuerUnreachable extends Error {}

export class IssuerKeys {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>;
  readonly #url: URL;
  readonly #log: FastifyBaseLogger;
  readonly #now: () => Time;
  #loaded: Time = Number.NEGATIVE_INFINITY;
  #failed: Time = Number.NEGATIVE_INFINITY;

  constructor(jwks: URL, log: FastifyBaseLogger, now: () => Time) {
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
    if (this.#now() - this.#failed < pause) throw new IssuerUnreachable();
    try {
      await this.#remote.reload();
      this.#loaded = this.#now();
    } catch (cause) {
      this.#failed = this.#now();
      this.#log.warn({ err: cause, jwks: this.#url.href }, "the keys of a token issuer cannot be fetched");
      throw new IssuerUnreachable();
    }
  }
}
