/**
 * A token of a connector's issuer, where the connector names a client for that: asked for as a provider asks for one, and judged as the
 * connector would. What it may do is compared with what is needed.
 *
 * Source: RFC 6749, sections 2.3.1, 4.4 and 5; RFC 8414 (token_endpoint); RFC 9068 (what stands in it).
 */
import { isDeepStrictEqual } from "node:util";
import { createLocalJWKSet, decodeJwt } from "jose";
import type { PreflightCheck } from "../../api/preflight.ts";
import { ofOneType } from "../../model/environment/variable.ts";
import type { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Time } from "../../model/time.ts";
import { type Fault, failedCheck, type LookedAt, passed, unlooked, warned } from "../../preflight/check.ts";
import { ofVariable } from "../../preflight/owner.ts";
import { listed } from "../../report/words.ts";
import { verifyAccessToken } from "../authentication/access-token.ts";
import type { OAuth } from "../authentication/credentials.ts";
import { trustedIssuer } from "../authentication/trusted-issuer.ts";
import { allowsEgress } from "../config.ts";
import type { Asker } from "./allowance.ts";
import { askServer } from "./ask.ts";
import { type EndpointParts, faulty, whereAllowed } from "./endpoints.ts";
import { keysIn, metadataFrom } from "./issuers.ts";
import type { PointedAt } from "./secrets.ts";

export interface IssuedTokenParts extends EndpointParts {
  readonly active: Release | undefined;
  readonly asker: Asker;
  /** What time it is by the agent, which judges tokens by it. */
  readonly agentTime: Time;
}

/** What is asked for, and of whom. */
interface Probe {
  readonly issuer: OAuth;
  readonly client: string;
  readonly scope: string;
  /** Whether the client's rights are other ones than the connector needs is judged by these. */
  readonly needed: readonly string[];
  readonly variables: Readonly<Record<"issuer" | "audience" | "jwks" | "client" | "secret", string>>;
  /** The entry that holds the secret. */
  readonly secret: string;
  readonly references: readonly string[];
}

/** Of each connector that names a client for it. */
export async function tokenChecks(
  release: Release,
  found: readonly PointedAt[],
  parts: IssuedTokenParts,
): Promise<PreflightCheck[]> {
  const each = Object.keys(release.connectors).map((connector) => {
    const probe = probeOf(release, connector);
    if (!probe) return [];
    const looked: LookedAt = {
      subject: "issuer",
      ...ofVariable(release, probe.variables.client),
      what: `token for connector ${connector}`,
    };
    // a pull request could else have a secret sent to an address of another use
    const isKnown = parts.active !== undefined && isDeepStrictEqual(probeOf(parts.active, connector), probe);
    const { mayDeploy, only } = parts.asker;
    const verdict = isKnown ? (only === "new" ? "omit" : "look") : mayDeploy ? "look" : "leave out";
    return whereAllowed(looked, verdict, () => judged(release, looked, probe, found, parts));
  });
  return (await Promise.all(each)).flat();
}

function probeOf(release: Release, connector: string): Probe | undefined {
  const declared = release.connectors[connector];
  const { oauth } = declared?.auth ?? {};
  const issuer = declared && trustedIssuer(release, declared);
  if (!oauth?.probe || !issuer) return undefined;
  const { client, secret, scope } = oauth.probe;
  const id = ofOneType(release.variables[client.var], ["client-id"])?.value;
  const kept = ofOneType(release.variables[secret.var], ["secret"])?.secret;
  if (id === undefined || kept === undefined) return undefined;
  const needed = [...new Set(Object.values(issuer.scopes))].filter((one) => one !== undefined).sort();
  const variables = {
    ...{ issuer: oauth.issuer.var, audience: oauth.audience.var, jwks: oauth.jwks.var },
    ...{ client: client.var, secret: secret.var },
  };
  return {
    ...{ issuer, client: id, scope: scope ?? needed.join(" "), needed, variables },
    ...{ secret: kept, references: release.secrets[kept]?.refs ?? [] },
  };
}

async function judged(
  release: Release,
  looked: LookedAt,
  probe: Probe,
  found: readonly PointedAt[],
  parts: IssuedTokenParts,
): Promise<PreflightCheck[]> {
  const of = (variable: string): LookedAt => ({ ...looked, ...ofVariable(release, variable) });
  const value = found.find(({ secret, value }) => secret === probe.secret && value !== undefined)?.value;
  if (value === undefined) return [unlooked(looked, "its secret cannot be had")];
  const endpoint = await endpointOf(looked, probe, parts);
  if (!endpoint.ok) return endpoint.error;
  const answer = await askServer({
    ...{ ...parts, url: endpoint.value.url, method: "POST" },
    ...grant(probe, value, endpoint.value.inBody),
  });
  if (!answer.ok) return faulty(of(probe.variables.issuer), answer.error);
  const given = tokenIn(answer.value, probe);
  if (!given.ok) return [failedCheck(of(probe.variables[given.error.of]), given.error)];
  const keys = await askServer({ ...parts, url: probe.issuer.jwks, headers: { accept: "application/json" } });
  // the checks of its keys say why
  const set = keys.ok && keys.value.status === 200 ? keysIn(keys.value.text) : undefined;
  if (!set) return [unlooked(looked, "the issuer's keys cannot be had")];
  const local = createLocalJWKSet({ keys: set as never });
  const caller = await verifyAccessToken(
    given.value,
    probe.issuer,
    { find: (header, token) => local(header, token) },
    parts.agentTime,
  );
  if (!caller.ok) {
    const { of: which, ...fault } = faultOfToken(given.value, caller.error.detail, probe);
    return [failedCheck(of(probe.variables[which]), fault)];
  }
  return scopesOf(looked, [...(caller.value.scopes ?? [])].sort(), probe);
}

/** Where tokens are asked for by what the issuer says of itself, and whether it wants the secret in the body. */
async function endpointOf(
  looked: LookedAt,
  { issuer }: Probe,
  parts: IssuedTokenParts,
): Promise<Result<{ readonly url: URL; readonly inBody: boolean }, PreflightCheck[]>> {
  const url = new URL(issuer.issuer);
  const add = (host: string) =>
    `have ${host} added to egress in agent.yaml, so that a token can be asked for`;
  const closed = (host: string) =>
    fail([unlooked(looked, `egress in agent.yaml does not name ${host}`, add(host))]);
  if (!allowsEgress(parts.host, url)) return closed(url.host);
  const told = await metadataFrom(url, parts);
  // the checks of its metadata say why
  const { token_endpoint: text, token_endpoint_auth_methods_supported: methods } =
    (told.ok && told.value?.metadata) || {};
  if (typeof text !== "string" || !URL.canParse(text))
    return fail([unlooked(looked, "the issuer's metadata names no token_endpoint")]);
  const endpoint = new URL(text);
  if (!allowsEgress(parts.host, endpoint)) return closed(endpoint.host);
  const all: readonly unknown[] = Array.isArray(methods) ? methods : ["client_secret_basic"];
  if (!all.some((one) => one === "client_secret_basic" || one === "client_secret_post"))
    return fail([
      unlooked(looked, "the issuer takes no secrets of clients (token_endpoint_auth_methods_supported)"),
    ]);
  return ok({ url: endpoint, inBody: all.includes("client_secret_post") });
}

/** RFC 6749, section 2.3.1: where the secret goes into a header, both are encoded as in a form. */
function grant({ client, scope }: Probe, secret: string, inBody: boolean) {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    ...(scope !== "" && { scope }),
    ...(inBody && { client_id: client, client_secret: secret }),
  });
  const encoded = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
  const basic = Buffer.from(`${encoded(client)}:${encoded(secret)}`).toString("base64");
  return {
    body: form.toString(),
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      ...(!inBody && { authorization: `Basic ${basic}` }),
    },
  };
}

/** A fault, and of which variable it is. */
type Attributed = Fault & { readonly of: keyof Probe["variables"] };

/** The token of an answer. Of what it says in words nothing is repeated: it may hold what was sent. */
function tokenIn(
  { status, text }: { readonly status: number; readonly text: string },
  { client, scope, variables }: Probe,
): Result<string, Attributed> {
  const { access_token: token, error } = readJson(text);
  const code = typeof error === "string" && /^[a-z_]{1,40}$/.test(error) ? error : undefined;
  const told = `the issuer answers ${status}${code === undefined ? "" : ` (${code})`}`;
  if (code === "invalid_client" || (status === 401 && code === undefined))
    return fail({
      ...{ of: "secret", found: `${told}: it does not take the client and its secret` },
      expected: "the secret of this client, which has not ended",
      mend: `compare ${variables.client} with the client at the issuer, and have a new secret made for ${variables.secret}`,
    });
  if (code === "invalid_scope")
    return fail({
      ...{ of: "client", found: `${told}: it gives the client no ${scope || "scope"}` },
      expected: "each scope that the connector asks for",
      mend: `grant the client ${client} the scopes at the issuer, or correct probe.scope`,
    });
  if (code === "unauthorized_client" || code === "unsupported_grant_type")
    return fail({
      ...{ of: "client", found: `${told}: the client may not ask for a token by itself` },
      expected: "the grant client_credentials (RFC 6749, section 4.4)",
      mend: `allow the grant to the client ${client} at the issuer`,
    });
  if (status !== 200 || typeof token !== "string")
    return fail({
      ...{ of: "issuer", found: status === 200 ? `${told}, without a token` : told },
      expected: "200 and an access_token",
      mend: "look into the issuer's log",
    });
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token))
    return fail({
      ...{ of: "client", found: "the token is opaque: nobody but the issuer can read it" },
      expected: "a signed token (RFC 9068), since the connector verifies it itself",
      mend: `have the issuer give JWT access tokens for the audience in ${variables.audience}`,
    });
  return ok(token);
}

function readJson(text: string): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Why the connector would not take it: a claim is no secret, and is told with what is expected. */
function faultOfToken(token: string, detail: string, { issuer, variables }: Probe): Attributed {
  const claims = readClaims(token);
  const said = (claim: string) => String(claims[claim]).slice(0, 200);
  const audiences = [claims.aud].flat();
  if (claims.iss !== issuer.issuer)
    return {
      ...{
        of: "issuer",
        found: `the token is of ${said("iss")}, and ${variables.issuer} is ${issuer.issuer}`,
      },
      expected: "the same text, letter by letter",
      mend: `give ${variables.issuer} the value ${said("iss")}, or ask the issuer of the right tenant`,
    };
  if (!audiences.includes(issuer.audience))
    return {
      ...{
        of: "audience",
        found: `the token is for ${said("aud")}, and ${variables.audience} is ${issuer.audience}`,
      },
      expected: "the audience in the token: each one would be refused",
      mend: `have the issuer give tokens for ${issuer.audience} (probe.scope names it at some), or correct ${variables.audience}`,
    };
  return {
    ...{ of: /expired/.test(detail) ? "issuer" : "jwks", found: detail },
    expected: "a token that the connector takes",
    mend: /expired/.test(detail)
      ? "set the clocks of the issuer and of this host by NTP, and give its tokens a lifetime of minutes at least"
      : `give ${variables.jwks} the jwks_uri of the issuer's metadata, and compare the token's claims with the connector's auth`,
  };
}

function readClaims(token: string): Readonly<Record<string, unknown>> {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}

function scopesOf(looked: LookedAt, given: readonly string[], { client, needed }: Probe): PreflightCheck[] {
  const missing = needed.filter((scope) => !given.includes(scope));
  if (missing.length > 0)
    return [
      failedCheck(looked, {
        found: `the token has no scope ${listed(missing)} (it has ${listed(given) || "none"})`,
        expected: "each scope that the connector asks for",
        mend: `grant the client ${client} the scope at the issuer, or correct scopes of the connector`,
      }),
    ];
  const wider = given.filter((scope) => !needed.includes(scope));
  if (wider.length > 0)
    return [
      warned(looked, {
        found: `the token has more scopes than are needed: ${listed(wider)}`,
        expected: needed.length === 0 ? "none, for the connector asks for none" : `${listed(needed)} alone`,
        mend: `withdraw ${listed(wider)} from the client ${client} at the issuer`,
      }),
    ];
  return [
    passed(looked, `the issuer gives a token that the connector takes, for ${listed(needed) || "no scope"}`),
  ];
}
