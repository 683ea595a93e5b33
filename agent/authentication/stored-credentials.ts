/** What lets callers in, as a store keeps it: hashes of fixed tokens, or whose signed tokens are taken. */
import { z } from "zod";
import type { Guarded } from "./credentials.ts";

export const StoredCredentials = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("bearer"),
    tokens: z.array(
      z.object({ sha256: z.hash("sha256"), since: z.number(), expires: z.number().nullable() }),
    ),
  }),
  z.object({
    kind: z.literal("oauth"),
    issuer: z.string(),
    audience: z.string(),
    jwks: z.url(),
    scopes: z.object({ users: z.string().exactOptional(), groups: z.string().exactOptional() }),
  }),
]);
type StoredCredentials = z.infer<typeof StoredCredentials>;

/** As they are stored. */
export function written(credentials: Guarded["credentials"]): StoredCredentials {
  if (credentials.kind === "oauth") {
    const { issuer, audience, jwks, scopes } = credentials;
    return { kind: "oauth", issuer, audience, jwks: jwks.href, scopes: { ...scopes } };
  }
  const tokens = credentials.tokens.map(({ hash, since, expires }) => ({
    sha256: hash.toString("hex"),
    since,
    expires: Number.isFinite(expires) ? expires : null,
  }));
  return { kind: "bearer", tokens };
}

/** As callers are judged by them. */
export function usable(credentials: StoredCredentials): Guarded["credentials"] {
  if (credentials.kind === "oauth") return { ...credentials, jwks: new URL(credentials.jwks) };
  const tokens = credentials.tokens.map(({ sha256, since, expires }) => ({
    hash: Buffer.from(sha256, "hex"),
    since,
    expires: expires ?? Number.POSITIVE_INFINITY,
  }));
  return { kind: "bearer", tokens };
}
