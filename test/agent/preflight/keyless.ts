/** A release that nothing but a preflight stops: its connector takes tokens of an issuer that has no key. */
import type { Edit } from "./world.ts";

/** @param origin of the issuer, whose keys are at `/keys` */
export function keylessIssuer(origin: string): Edit {
  return (release) => {
    Object.assign(release.variables, {
      SCIM_ISSUER: { type: "url", value: origin, owner: "sso-team" },
      SCIM_AUDIENCE: { type: "string", value: "api://hgscim" },
      SCIM_KEYS: { type: "url", value: `${origin}/keys`, owner: "sso-team" },
    });
    const oauth = {
      ...{ issuer: { var: "SCIM_ISSUER" }, audience: { var: "SCIM_AUDIENCE" }, jwks: { var: "SCIM_KEYS" } },
    };
    release.connectors.okta.auth = { oauth, allow: ["groups", "users"] };
    delete release.variables.SCIM_AUTH_TOKEN;
    release.secrets = {};
  };
}
