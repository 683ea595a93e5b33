/**
 * Whether a request that was let in when it came would be so now: it has waited, and another release may not take its token
 * any more. Nothing is fetched to tell it, since everybody waits for the answer.
 */
import type { Time } from "../../model/time.ts";
import type { Caller, Guarded, Proof } from "./credentials.ts";
import { scopeProblem } from "./scope.ts";
import { findToken } from "./token.ts";

/**
 * Whether a caller may still use a kind of resource.
 *
 * @param connector as it is by now; undefined where it lets nobody in any more
 */
export function isStillLetIn(
  caller: Caller,
  connector: Guarded | undefined,
  kind: Guarded["allow"][number],
  now: Time,
): boolean {
  return (
    connector !== undefined &&
    isTaken(caller.proof, connector.credentials, now) &&
    scopeProblem(connector, caller, kind) === undefined
  );
}

/** A signed token was verified when it came: it is enough that it still is of the same issuer, with the same keys. */
function isTaken(proof: Proof, credentials: Guarded["credentials"], now: Time): boolean {
  if (proof.kind === "bearer") {
    const { tokens, last = [] } = credentials.kind === "bearer" ? credentials : { tokens: [] };
    const found = findToken(proof.hash, [...last, ...tokens]);
    return found !== undefined && now < found.expires;
  }
  return (
    credentials.kind === "oauth" &&
    credentials.issuer === proof.issuer &&
    credentials.audience === proof.audience &&
    credentials.jwks.href === proof.jwks.href &&
    (credentials.tenant === undefined || credentials.tenant === proof.tenant)
  );
}
