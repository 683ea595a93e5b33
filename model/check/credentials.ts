/** Whether connectors are told apart by what they take: a token that opens two of them says of neither who has written. */
import type { Path } from "../document.ts";
import type { Connector } from "../environment/connector.ts";
import { ofOneType, typesOfPart } from "../environment/variable.ts";
import type { Environment } from "../environment.ts";
import { type Context, own } from "./context.ts";

type Parts = Pick<Environment, "connectors" | "variables" | "secrets">;

/** Something that two connectors take. */
export interface SharedCredentials {
  /** Where the second one says so. */
  readonly path: Path;
  readonly message: string;
}

/** Reports the connectors that take what another one takes. */
export function checkCredentials({ environment, report }: Context): void {
  for (const { path, message } of [...sharedSecrets(environment), ...sharedIssuers(environment)])
    report(path, "shared-credentials", message);
}

/** Connectors whose fixed tokens come from one entry of the secrets, or from one reference. */
function sharedSecrets(parts: Parts): SharedCredentials[] {
  const { variables, secrets } = parts;
  return secondOnes(parts, ({ auth }, other) => {
    const [mine, others] = [auth, other.auth].map((one) => {
      const variable = one?.bearer && own(variables, one.bearer.var);
      return variable?.type === "secret" ? variable.secret : undefined;
    });
    if (mine === undefined || others === undefined) return undefined;
    const refs = own(secrets, others)?.refs ?? [];
    const shared =
      mine === others ? `secret "${mine}"` : own(secrets, mine)?.refs.find((ref) => refs.includes(ref));
    return shared && { at: ["bearer"], what: shared, expected: "one of its own" };
  });
}

/** Connectors that take the same access tokens: of one issuer for one audience, and no scope tells them apart. */
export function sharedIssuers(parts: Parts): SharedCredentials[] {
  return secondOnes(parts, ({ auth }, other) => {
    const [mine, others] = [auth, other.auth].map((one) => trustOf(parts, one));
    if (!mine || !others || mine.issuer !== others.issuer || mine.audience !== others.audience)
      return undefined;
    const areApart =
      mine.scopes.length > 0 &&
      others.scopes.length > 0 &&
      !mine.scopes.some((scope) => others.scopes.includes(scope));
    if (areApart) return undefined;
    return {
      at: ["oauth", "audience"],
      what: "an access token of this issuer for this audience",
      expected: "an audience of its own, or scopes in both of which none is the other's",
    };
  });
}

interface Trust {
  /** In one form: case in a host, and a slash at the end, tell no two issuers apart. */
  readonly issuer: string;
  readonly audience: string;
  /** Those that a token must have, one for each kind of resource. */
  readonly scopes: readonly string[];
}

function trustOf({ variables }: Parts, auth: Connector["auth"]): Trust | undefined {
  if (!auth?.oauth) return undefined;
  const issuer = own(variables, auth.oauth.issuer.var);
  const audience = ofOneType(own(variables, auth.oauth.audience.var), typesOfPart.audience);
  if (issuer?.type !== "url" || !audience) return undefined;
  if (issuer.value === undefined || audience.value === undefined || !URL.canParse(issuer.value))
    return undefined;
  const { scopes = {} } = auth.oauth;
  return {
    issuer: new URL(issuer.value).href.replace(/\/+$/, ""),
    audience: audience.value,
    scopes: auth.allow.flatMap((kind) => scopes[kind] ?? []),
  };
}

interface Shared {
  readonly at: Path;
  readonly what: string;
  readonly expected: string;
}

/** What each connector shares with the first one before it with which it shares anything. */
function secondOnes(
  { connectors }: Parts,
  sharedBy: (connector: Connector, other: Connector) => Shared | undefined | "",
): SharedCredentials[] {
  const all = Object.entries(connectors);
  return all.flatMap(([name, connector], index) => {
    for (const [other, before] of all.slice(0, index)) {
      const shared = sharedBy(connector, before);
      if (!shared) continue;
      const { at, what, expected } = shared;
      return {
        path: ["connectors", name, "auth", ...at],
        message: `${what} opens connector "${other}" too (expected ${expected})`,
      };
    }
    return [];
  });
}
