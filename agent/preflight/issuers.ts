/**
 * The issuers of signed tokens: whether their keys can be had and would do, and whether what they say of themselves is what is declared.
 *
 * Source: RFC 8414 (metadata), OpenID Connect Discovery 1.0, RFC 7517 (keys).
 */
import type { PreflightCheck } from "../../api/preflight.ts";
import type { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import { type Fault, failedCheck, type LookedAt, unlooked, warned } from "../../preflight/check.ts";
import { ofVariable } from "../../preflight/owner.ts";
import { listed } from "../../report/words.ts";
import { allowsEgress } from "../config.ts";
import { askServer, type ServerAnswer } from "./ask.ts";
import { type EndpointParts, faulty, forbiddenAddress, whereAllowed, withClock } from "./endpoints.ts";

/** By so much a token's times may be off (access-token.ts). */
const tolerance: Milliseconds = 30_000;

const fewestBits = 2048;

type OAuth = NonNullable<NonNullable<Release["connectors"][string]["auth"]>["oauth"]>;

/** Of each connector that takes signed tokens. */
export async function issuerChecks(release: Release, parts: EndpointParts): Promise<PreflightCheck[]> {
  const each = Object.entries(release.connectors).map(async ([name, { auth }]) => {
    if (!auth?.oauth) return [];
    const both = [keysOf(release, name, auth.oauth, parts), metadataOf(release, name, auth.oauth, parts)];
    return (await Promise.all(both)).flat();
  });
  return (await Promise.all(each)).flat();
}

/** The text of a variable that is an address, as it is declared. */
function addressIn({ variables }: Release, name: string): string | undefined {
  const variable = variables[name];
  return variable?.type === "url" ? variable.value : undefined;
}

async function keysOf(
  release: Release,
  connector: string,
  { jwks }: OAuth,
  parts: EndpointParts,
): Promise<PreflightCheck[]> {
  const looked: LookedAt = {
    subject: "issuer",
    ...ofVariable(release, jwks.var),
    what: `keys of connector ${connector}`,
  };
  const declared = addressIn(release, jwks.var);
  if (declared === undefined) return [];
  const url = new URL(declared);
  return whereAllowed(looked, parts.allowance.address(declared), async () => {
    const forbidden = forbiddenAddress(looked, url, parts.host);
    if (forbidden) return [forbidden];
    const answer = await askServer({ ...parts, url, headers: { accept: "application/json" } });
    if (!answer.ok) return faulty(looked, answer.error);
    const fault = faultOfKeys(jwks.var, answer.value);
    return withClock(looked, url, answer.value, tolerance, fault ? [failedCheck(looked, fault)] : []);
  });
}

/** Why none of the keys would do. */
function faultOfKeys(variable: string, { status, headers, text }: ServerAnswer): Fault | undefined {
  const mend = `give ${variable} the jwks_uri of the issuer's metadata`;
  if (status >= 300 && status < 400)
    return {
      found: `it sends elsewhere (${status}, ${String(headers.location ?? "nowhere").slice(0, 200)}), and redirects are not followed`,
      expected: "the keys themselves",
      mend,
    };
  if (status !== 200)
    return { found: `it answers ${status}`, expected: "200 and a set of keys (RFC 7517)", mend };
  const keys = keysIn(text);
  if (!keys)
    return { found: "what it answers is no set of keys", expected: "JSON with keys (RFC 7517)", mend };
  if (keys.length === 0)
    return {
      found: "it has no key",
      expected: "at least one key that signs",
      mend: "have the issuer make a signing key, or correct the address",
    };
  const usable = keys.filter(signs);
  return usable.length > 0
    ? undefined
    : {
        found: `none of its ${keys.length} keys can be used: ${listed([...new Set(keys.map(toldOf))])}`,
        expected: `a key that signs: RSA of ${fewestBits} bits or more, P-256, P-384, P-521 or Ed25519`,
        mend: "have the issuer sign by such a key",
      };
}

type Key = Readonly<Record<string, unknown>>;

export function keysIn(text: string): Key[] | undefined {
  try {
    const { keys } = JSON.parse(text) as { readonly keys?: unknown };
    return Array.isArray(keys) ? keys.filter((key) => typeof key === "object" && key !== null) : undefined;
  } catch {
    return undefined;
  }
}

function signs({ kty, use, crv, n, x }: Key): boolean {
  if (use !== undefined && use !== "sig") return false;
  if (kty === "RSA") return bitsOf(n) >= fewestBits;
  if (kty === "EC") return ["P-256", "P-384", "P-521"].includes(String(crv));
  return kty === "OKP" && crv === "Ed25519" && typeof x === "string";
}

function bitsOf(modulus: unknown): number {
  return typeof modulus === "string" ? Buffer.from(modulus, "base64url").length * 8 : 0;
}

function toldOf({ kty, use, crv, n }: Key): string {
  const kind =
    kty === "RSA"
      ? `RSA of ${bitsOf(n)} bits`
      : `${String(kty).slice(0, 20)} ${String(crv ?? "").slice(0, 20)}`.trim();
  return use === undefined || use === "sig" ? kind : `${kind} for ${String(use).slice(0, 20)}`;
}

/** What it says of itself where it says it; an issuer without metadata is one all the same. */
async function metadataOf(
  release: Release,
  connector: string,
  { issuer, jwks, scopes }: OAuth,
  parts: EndpointParts,
): Promise<PreflightCheck[]> {
  const looked: LookedAt = {
    subject: "issuer",
    ...ofVariable(release, issuer.var),
    what: `metadata of connector ${connector}`,
  };
  const declared = addressIn(release, issuer.var);
  if (declared === undefined) return [];
  return whereAllowed(looked, parts.allowance.address(declared), () =>
    askedForMetadata(
      looked,
      new URL(declared),
      { declared, issuer: issuer.var, jwks: addressIn(release, jwks.var), jwksVariable: jwks.var, scopes },
      parts,
    ),
  );
}

async function askedForMetadata(
  looked: LookedAt,
  url: URL,
  declared: Declared,
  parts: EndpointParts,
): Promise<PreflightCheck[]> {
  if (!allowsEgress(parts.host, url))
    return [
      unlooked(
        looked,
        `egress in agent.yaml does not name ${url.host}`,
        `have ${url.host} added to egress in agent.yaml, so that the issuer can be asked what it says of itself`,
      ),
    ];
  const told = await metadataFrom(url, parts);
  if (!told.ok) return faulty(looked, told.error);
  if (!told.value)
    return [
      warned(looked, {
        found: "it has no metadata at either of the two usual places",
        expected: `${new URL(placesOfMetadata(url)[0], url).href}, with the issuer ${declared.declared}`,
        mend: `compare ${declared.issuer} with the claim iss of a token, letter by letter`,
      }),
    ];
  const { metadata, answer } = told.value;
  const faults = faultsOfMetadata(metadata, declared).map((fault) => failedCheck(looked, fault));
  return withClock(looked, url, answer, tolerance, faults);
}

/** OpenID Connect Discovery, section 4.1, puts it behind the path, and RFC 8414, section 3.1, before it. */
function placesOfMetadata({ pathname }: URL): readonly [string, string] {
  const path = pathname.replace(/\/$/, "");
  return [`${path}/.well-known/openid-configuration`, `/.well-known/oauth-authorization-server${path}`];
}

/** What an issuer says of itself; undefined where it answers, and says nothing. */
export async function metadataFrom(
  url: URL,
  parts: EndpointParts,
): Promise<Result<{ readonly metadata: Key; readonly answer: ServerAnswer } | undefined, readonly Fault[]>> {
  const answers = await Promise.all(
    placesOfMetadata(url).map((place) =>
      askServer({ ...parts, url: new URL(place, url), headers: { accept: "application/json" } }),
    ),
  );
  for (const answer of answers) {
    const metadata = answer.ok && answer.value.status === 200 ? metadataIn(answer.value.text) : undefined;
    if (metadata && answer.ok) return ok({ metadata, answer: answer.value });
  }
  const [failure = []] = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
  return answers.some((answer) => answer.ok) ? ok(undefined) : fail(failure);
}

function metadataIn(text: string): Key | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null && "issuer" in read ? (read as Key) : undefined;
  } catch {
    return undefined;
  }
}

interface Declared {
  readonly declared: string;
  readonly issuer: string;
  readonly jwks: string | undefined;
  readonly jwksVariable: string;
  readonly scopes: OAuth["scopes"];
}

function faultsOfMetadata(
  metadata: Key,
  { declared, issuer, jwks, jwksVariable, scopes }: Declared,
): Fault[] {
  const said = (key: string) => String(metadata[key]).slice(0, 300);
  const faults: Fault[] = [];
  if (metadata.issuer !== declared)
    faults.push({
      found: `it calls itself ${said("issuer")}, and ${issuer} is ${declared}`,
      expected: "the same text, letter by letter: each token would be refused",
      mend: `give ${issuer} the value ${said("issuer")}, or the issuer of the right tenant`,
    });
  if (typeof metadata.jwks_uri === "string" && !isSameAddress(metadata.jwks_uri, jwks))
    faults.push({
      found: `its keys are at ${said("jwks_uri")}, and ${jwksVariable} is ${jwks}`,
      expected: "the keys of this issuer",
      mend: `give ${jwksVariable} the value ${said("jwks_uri")}`,
    });
  const supported: unknown = metadata.scopes_supported;
  const wanted = Object.values(scopes ?? {}).filter((scope) => scope !== undefined);
  const missing = Array.isArray(supported) ? wanted.filter((scope) => !supported.includes(scope)) : [];
  if (missing.length > 0)
    faults.push({
      found: `it gives no scope ${listed(missing)} (scopes_supported)`,
      expected: "each scope that the connector asks for",
      mend: "have the scope made at the issuer, or correct scopes of the connector",
    });
  return faults;
}

function isSameAddress(one: string, other: string | undefined): boolean {
  return URL.canParse(one) && other !== undefined && new URL(one).href === new URL(other).href;
}
