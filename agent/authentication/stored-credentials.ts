/** What lets callers in, as a store keeps it: hashes of fixed tokens, or whose signed tokens are taken. */
import { z } from "zod";
import type { Guarded } from "./credentials.ts";
import { findToken } from "./token.ts";

export const StoredCredentials = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("bearer"),
    tokens: z.array(
      z.object({ sha256: z.hash("sha256"), since: z.number(), expires: z.number().nullable() }),
    ),
    isPartial: z.literal(true).exactOptional().describe("Whether one that was valid then is not among them."),
  }),
  z.object({
    kind: z.literal("oauth"),
    issuer: z.string(),
    audience: z.string(),
    jwks: z.url(),
    scopes: z.object({ users: z.string().exactOptional(), groups: z.string().exactOptional() }),
    tenant: z.string().exactOptional(),
  }),
]);
type StoredCredentials = z.infer<typeof StoredCredentials>;

/**
 * As they are stored. Of fixed tokens there are never none where there were some: nothing else would be known of whoever has one.
 *
 * @param before what was stored of the connector
 */
export function written(
  credentials: Guarded["credentials"],
  before: StoredCredentials | undefined,
): StoredCredentials {
  if (credentials.kind === "oauth") {
    const { issuer, audience, jwks, scopes, tenant } = credentials;
    return {
      ...{ kind: "oauth", issuer, audience, jwks: jwks.href, scopes: { ...scopes } },
      ...(tenant !== undefined && { tenant }),
    };
  }
  const { tokens, last } = credentials;
  const known = [...tokens, ...(last ?? []).filter(({ hash }) => !findToken(hash, tokens))];
  const stored = known.map(({ hash, since, expires }) => ({
    sha256: hash.toString("hex"),
    since,
    expires: Number.isFinite(expires) ? expires : null,
  }));
  return {
    kind: "bearer",
    tokens: stored.length === 0 && before?.kind === "bearer" ? before.tokens : stored,
    ...(last && { isPartial: true }),
  };
}

/** As callers are judged by them. */
export function usable(credentials: StoredCredentials): Guarded["credentials"] {
  if (credentials.kind === "oauth") return { ...credentials, jwks: new URL(credentials.jwks) };
  const tokens = credentials.tokens.map(({ sha256, since, expires }) => ({
    hash: Buffer.from(sha256, "hex"),
    since,
    expires: expires ?? Number.POSITIVE_INFINITY,
  }));
  return { kind: "bearer", tokens, ...(credentials.isPartial && { last: [] }) };
}
