/** Signed access tokens (RFC 9068; RFC 7519): whether one comes from the issuer, is for us, and is valid now. */
import { errors, jwtVerify } from "jose";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Time } from "../../model/time.ts";
import type { Caller, OAuth } from "./credentials.ts";
import { type IssuerKeys, IssuerUnreachable } from "./issuer-keys.ts";
import type { Refusal } from "./refusal.ts";
import { scopesOf } from "./scope.ts";

/** Asymmetric ones alone: with a shared secret, the issuer's public key would do to sign. */
const algorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** RFC 9068, section 2.1; Entra says JWT, and others nothing. */
const types = ["at+jwt", "application/at+jwt", "jwt", undefined];

/** By how many seconds the issuer's clock may be another one. */
const clockTolerance = 30;

const notOfIssuer = "no key of its issuer has signed it";
const reasons: Readonly<Record<string, string>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: `its algorithm is not allowed (expected one of ${algorithms.join(", ")})`,
  ERR_JWKS_NO_MATCHING_KEY: notOfIssuer,
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: notOfIssuer,
  ERR_JWT_EXPIRED: "it has expired",
};

/**
 * Verifies a token.
 *
 * @returns what it is for; `invalidToken` when it is not valid, `cannotTell` when the issuer's keys cannot be had
 */
export async function verifyAccessToken(
  token: string,
  oauth: OAuth,
  keys: Pick<IssuerKeys, "find">,
  now: Time,
): Promise<Result<Caller, Refusal>> {
  const { issuer, audience, tenant } = oauth;
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys.find, {
      algorithms,
      issuer,
      audience,
      clockTolerance,
      currentDate: new Date(now),
      requiredClaims: ["exp"],
    });
    if (!types.includes(protectedHeader.typ?.toLowerCase())) return invalid("it is no access token");
    if (tenant !== undefined && String(payload.tid ?? "").toLowerCase() !== tenant)
      return invalid(`its claim tid is ${payload.tid === undefined ? "missing" : "not the expected one"}`);
    return ok({ scopes: scopesOf(payload), takesAwayOnly: undefined, proof: oauth });
  } catch (error) {
    if (error instanceof IssuerUnreachable)
      return fail({
        code: "cannotTell",
        detail: "the keys of the token's issuer cannot be fetched now",
        wait: error.wait,
      });
    if (error instanceof errors.JWTClaimValidationFailed)
      return invalid(
        error.reason === "missing"
          ? `its claim ${error.claim} is missing`
          : `its claim ${error.claim} is not the expected one`,
      );
    // also what is no JWT at all
    return invalid((error instanceof errors.JOSEError && reasons[error.code]) || "it cannot be verified");
  }
}

function invalid(reason: string): Result<never, Refusal> {
  return fail({ code: "invalidToken", detail: `the access token is not valid: ${reason}` });
}
