/** Whose signed tokens a connector of a release takes, with the values of its variables. */
import type { Connector } from "../../model/environment/connector.ts";
import { ofOneType, typesOfPart } from "../../model/environment/variable.ts";
import type { Release } from "../../model/release.ts";
import type { OAuth } from "./credentials.ts";

/** Undefined where it takes none, or a variable is not what validation makes sure of. */
export function trustedIssuer(
  { variables }: Release,
  { idp, tenant, auth }: Pick<Connector, "idp" | "tenant" | "auth">,
): OAuth | undefined {
  const { oauth } = auth ?? {};
  if (!oauth) return undefined;
  const issuer = variables[oauth.issuer.var];
  const audience = ofOneType(variables[oauth.audience.var], typesOfPart.audience);
  const jwks = variables[oauth.jwks.var];
  if (issuer?.type !== "url" || !audience || jwks?.type !== "url") return undefined;
  if (issuer.value === undefined || audience.value === undefined || jwks.value === undefined)
    return undefined;
  const id = tenant && ofOneType(variables[tenant.var], typesOfPart.tenant);
  return {
    kind: "oauth",
    ...(idp === "entra" && id?.value !== undefined && { tenant: id.value.toLowerCase() }),
    issuer: issuer.value,
    audience: audience.value,
    jwks: new URL(jwks.value),
    scopes: oauth.scopes ?? {},
  };
}
