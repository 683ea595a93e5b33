/**
 * Who calls the SCIM listener. This room decides it from the headers alone, before a body is read: by the fixed tokens or
 * the issuer of the connector. It also counts: guesses by where they come from, and requests by connector,
 * within spans that no clock makes longer or shorter.
 */
import type { FastifyBaseLogger, FastifyRequest } from "fastify";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import { describeDuration } from "../../report/duration.ts";
import type { AlertEvent } from "../alerts/event.ts";
import type { AgentClock } from "../clock/clock.ts";
import { latestOf } from "../clock/rule.ts";
import { type AgentConfig, allowsEgress } from "../config.ts";
import { verifyAccessToken } from "./access-token.ts";
import type { BearerTokens, Caller, Guarded, OAuth } from "./credentials.ts";
import { AuthenticationFailures } from "./failures.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import { LockOut } from "./lock-out.ts";
import { TokenBucket } from "./rate-limit.ts";
import type { Refusal } from "./refusal.ts";
import type { RefusedTokens } from "./refused-tokens.ts";
import { sourceOf } from "./source.ts";
import { bearerToken, findToken, hashToken, type KnownToken } from "./token.ts";
import type { TokenUses } from "./token-uses.ts";

const noToken: Refusal = {
  code: "noToken",
  detail: "the bearer token is missing (expected Authorization: Bearer and the token)",
};
const malformed: Refusal = {
  code: "malformed",
  detail: "the Authorization header is malformed (expected Bearer, one space and the token alone)",
};

/** What the configuration forbids changes with a restart: whoever comes again soon is not told otherwise. */
const forbiddenPause: Milliseconds = 60_000;

/** A secret that cannot be had is looked for again within a minute. */
const missingPause: Milliseconds = 30_000;

/** Whom it tells of those who come. */
export interface AuthenticationHearers {
  /** Somebody is not let in, or cannot be. */
  readonly tell: (event: AlertEvent) => void;
  /** Somebody is let in to a connector. */
  readonly heard: (connector: string) => void;
}

export interface AuthenticationParts extends AuthenticationHearers {
  readonly config: Pick<AgentConfig, "egress">;
  readonly log: FastifyBaseLogger;
  readonly clock: AgentClock;
  /** Notes who comes with which fixed token. */
  readonly uses: Pick<TokenUses, "note" | "of">;
  /** Counts who is refused. */
  readonly refused: Pick<RefusedTokens, "note">;
}

export class Authentication {
  readonly #failures: AuthenticationFailures;
  readonly #hearers: AuthenticationHearers;
  readonly #config: Pick<AgentConfig, "egress">;
  readonly #log: FastifyBaseLogger;
  readonly #clock: AgentClock;
  readonly #uses: AuthenticationParts["uses"];
  readonly #refused: AuthenticationParts["refused"];
  readonly #lockOut = new LockOut();
  // with a new release they are made anew, and the old ones go
  readonly #keys = new WeakMap<OAuth, IssuerKeys>();
  readonly #buckets = new WeakMap<Guarded, TokenBucket>();
  readonly #told = new WeakSet<KnownToken>();

  constructor({ config, log, clock, uses, refused, ...hearers }: AuthenticationParts) {
    this.#hearers = hearers;
    this.#failures = new AuthenticationFailures(hearers.tell);
    this.#uses = uses;
    this.#refused = refused;
    this.#config = config;
    this.#log = log;
    this.#clock = clock;
  }

  /**
   * Tells who sends a request to an address, and to which of its connectors.
   *
   * @param connectors at least one; whoever none of them knows is told what the first one says
   */
  async identifyAt<C extends Guarded>(
    connectors: readonly C[],
    request: Pick<FastifyRequest, "headers" | "ip" | "socket">,
  ): Promise<{ readonly connector: C; readonly caller: Result<Caller, Refusal> }> {
    const hash = hashToken(bearerToken(request.headers.authorization) ?? "");
    // what one of them knows is no guess at the others
    const knowing = connectors.filter((connector) => knows(connector, hash));
    const [first, ...others] = knowing.length > 0 ? knowing : connectors;
    if (!first) throw new Error("there is no connector");
    const caller = await this.identify(first, request);
    if (!caller.ok)
      for (const connector of others) {
        const other = await this.identify(connector, request);
        if (other.ok) return { connector, caller: other };
      }
    return { connector: first, caller };
  }

  /** Tells who sends a request to a connector, and counts it. */
  async identify(
    connector: Guarded,
    request: Pick<FastifyRequest, "headers" | "ip" | "socket">,
  ): Promise<Result<Caller, Refusal>> {
    const { authorization } = request.headers;
    const token = bearerToken(authorization);
    if (token === undefined) return fail(authorization === undefined ? noToken : malformed);
    const { name, credentials } = connector;
    const source = sourceOf(request);
    const place = `${name} ${source}`;
    // signed tokens change, and cannot be guessed: of them it is enough that a valid one came from there
    const mark = credentials.kind === "bearer" ? hashToken(token).toString("hex") : "";
    // a fixed token is judged and counted at once: else a hundred guesses in one write were all judged before one counts
    const caller =
      credentials.kind === "bearer"
        ? this.#byToken(name, source, credentials, token)
        : await this.#byIssuer(name, credentials, token);
    if (!caller.ok) {
      // what was valid once is no guess
      if (caller.error.code !== "invalidToken" || this.#lockOut.knows(place, mark)) return caller;
      const locked = this.#lockOut.remaining(place, this.#clock.measured());
      if (locked === 0) this.#countFailure(name, source, place);
      // whoever holds a valid token is let in meanwhile: others may guess behind the same address
      return locked === 0
        ? caller
        : fail({
            code: "tooManyRequests",
            detail: "too many tokens that are not valid came from there",
            wait: locked,
          });
    }
    this.#lockOut.succeeded(place, mark);
    this.#hearers.heard(name);
    const wait = this.#bucketOf(connector)?.take(this.#clock.measured()) ?? 0;
    return wait > 0
      ? fail({ code: "tooManyRequests", detail: "more requests than this connector's rateLimit", wait })
      : caller;
  }

  #byToken(
    connector: string,
    source: string,
    { tokens, last }: BearerTokens,
    token: string,
  ): Result<Caller, Refusal> {
    const hash = hashToken(token);
    const present = findToken(hash, tokens);
    const found = present ?? findToken(hash, last ?? []);
    const reading = this.#clock.read();
    const moment = { now: reading.now, measured: reading.clock.measured };
    const sha256 = hash.toString("hex");
    if (!found && last)
      return fail({
        code: "cannotTell",
        detail: "the connector's tokens cannot all be had now",
        wait: missingPause,
      });
    if (!found) {
      const kind = this.#uses.of(sha256, moment.now) ? "former" : "unknown";
      this.#refused.note(connector, kind, source, moment);
      return fail({ code: "invalidToken", detail: "the bearer token is not valid" });
    }
    if (reading.now < found.expires) {
      this.#uses.note(sha256, source, moment);
      const inDoubt = latestOf(reading) >= found.expires ? "tokenInDoubt" : undefined;
      return ok({
        scopes: undefined,
        takesAwayOnly: present ? inDoubt : "secretMissing",
        proof: { kind: "bearer", hash },
      });
    }
    if (!this.#told.has(found))
      this.#log.warn({ connector }, "a bearer token comes that is past its lifetime: it is refused");
    this.#told.add(found);
    this.#refused.note(connector, "ended", source, moment);
    this.#failures.failed(connector, "ended", source, this.#clock.measured());
    return fail({ code: "pastLifetime", detail: "the bearer token is past its lifetime" });
  }

  async #byIssuer(connector: string, oauth: OAuth, token: string): Promise<Result<Caller, Refusal>> {
    if (!allowsEgress(this.#config, oauth.jwks))
      return fail({
        code: "cannotTell",
        detail: "the agent's configuration does not allow to fetch the issuer's keys",
        wait: forbiddenPause,
      });
    const keys =
      this.#keys.get(oauth) ??
      new IssuerKeys(oauth.jwks, this.#log, this.#clock.measured, (attempts) =>
        this.#hearers.tell(keysMissing(connector, attempts)),
      );
    this.#keys.set(oauth, keys);
    const reading = this.#clock.read();
    const latest = latestOf(reading);
    // where the system's clock is right after all, whoever comes has a token of that time
    const judged = await verifyAccessToken(token, oauth, keys, latest);
    if (judged.ok || latest === reading.now) return judged;
    const earlier = await verifyAccessToken(token, oauth, keys, reading.now);
    return earlier.ok ? ok({ ...earlier.value, takesAwayOnly: "tokenInDoubt" }) : judged;
  }

  #countFailure(connector: string, source: string, place: string): void {
    const { isFirst, span } = this.#lockOut.failed(place, this.#clock.measured());
    const now = this.#clock.measured();
    if (isFirst) this.#log.warn({ connector, source }, "a token is not valid");
    this.#failures.failed(connector, "invalid", source, now);
    if (span === undefined) return;
    this.#failures.failed(connector, "lockedOut", source, now);
    this.#log.warn(
      { connector, source },
      `too many tokens are not valid: locked out for ${describeDuration(span)}`,
    );
  }

  #bucketOf(connector: Guarded): TokenBucket | undefined {
    if (!connector.rateLimit) return undefined;
    const bucket =
      this.#buckets.get(connector) ?? new TokenBucket(connector.rateLimit, this.#clock.measured());
    this.#buckets.set(connector, bucket);
    return bucket;
  }
}

/** What is told of an issuer whose keys cannot be had. */
function keysMissing(connector: string, attempts: number): AlertEvent {
  const summary = `connector ${connector}: the keys of its tokens' issuer cannot be fetched (${attempts} attempts failed), and nobody is let in by a new key until they can`;
  return { kind: "auth-failed", connector, subject: "issuerKeys", summary, detail: summary };
}

/** Whether a fixed token is, or was, one of a connector's. */
function knows({ credentials }: Guarded, hash: Buffer): boolean {
  return (
    credentials.kind === "bearer" &&
    findToken(hash, [...credentials.tokens, ...(credentials.last ?? [])]) !== undefined
  );
}
