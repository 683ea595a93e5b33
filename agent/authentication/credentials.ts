/** What proves to a connector who calls, and how often it may be called. */
import type { Connector } from "../../model/environment/connector.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { KnownToken } from "./token.ts";

type Kind = NonNullable<Connector["auth"]>["allow"][number];

/** Fixed tokens: one, or two during a rotation. */
export interface BearerTokens {
  readonly kind: "bearer";
  readonly tokens: readonly KnownToken[];
  /**
   * Given where one of them cannot be had now, so that nobody knows all that are valid: the tokens of when they could, which may
   * only take away meanwhile.
   */
  readonly last?: readonly KnownToken[];
}

/** Signed tokens of an issuer. */
export interface OAuth {
  readonly kind: "oauth";
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's keys are. */
  readonly jwks: URL;
  /** The scope that each kind of resource asks for; none where there is none. */
  readonly scopes: Readonly<Partial<Record<Kind, string>>>;
  /** The tenant that each token must be of (`tid`, as Entra has it), in lower case; none where any is taken. */
  readonly tenant?: string | undefined;
}

/** What the listener has to know of a connector before it lets anybody in. */
export interface Guarded {
  readonly name: string;
  readonly credentials: BearerTokens | OAuth;
  /** What may be read and written with a token. */
  readonly allow: readonly Kind[];
  /** The most requests in a time. */
  readonly rateLimit: { readonly requests: number; readonly per: Milliseconds } | undefined;
}

/** Whoever has proved who they are. */
export interface Caller {
  /** What a signed token says that it is for; undefined for a fixed token, whose scope is `allow`. */
  readonly scopes: ReadonlySet<string> | undefined;
  /** Why the token may only take away, where it may: it has ended by the later of two clocks, or may have been replaced. */
  readonly takesAwayOnly: "tokenInDoubt" | "secretMissing" | undefined;
  /** By what they were let in: a fixed token, or one of this issuer. */
  readonly proof: Proof;
}

/** What of a token is kept as long as a request waits, to tell whether another release takes it too. */
export type Proof = { readonly kind: "bearer"; readonly hash: Buffer } | OAuth;
