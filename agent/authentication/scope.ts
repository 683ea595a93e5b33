/** What a caller may do: what the connector allows, and what the issuer put into the token. */
import type { Caller, Guarded } from "./credentials.ts";
import type { Refusal } from "./refusal.ts";

/** Why a caller may not use this kind of resource; undefined when they may. */
export function scopeProblem(
  { allow, credentials }: Guarded,
  { scopes }: Caller,
  kind: Guarded["allow"][number],
): Refusal | undefined {
  if (!allow.includes(kind)) return insufficientScope(`auth.allow of this connector does not name ${kind}`);
  const wanted = credentials.kind === "oauth" ? credentials.scopes[kind] : undefined;
  if (wanted === undefined || scopes?.has(wanted)) return undefined;
  return insufficientScope(`the token has no scope ${wanted}, which ${kind} ask for`, wanted);
}

function insufficientScope(detail: string, scope?: string): Refusal {
  return { code: "insufficientScope", detail, scope };
}

/** The scopes in the claims of a token: `scope` (RFC 9068, section 2.2.3) or `scp`, a text with spaces or a list. */
export function scopesOf(claims: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set(
    [claims.scope, claims.scp]
      .flatMap((claim) => (typeof claim === "string" ? claim.split(" ") : claim))
      .filter((scope) => typeof scope === "string"),
  );
}
