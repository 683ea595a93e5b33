/** What is active right now, in memory: the compiled release, and the secrets that its references point at. */
import type { ActiveRelease } from "../../api/contract.ts";
import { endpointPath } from "../../model/check/connectors.ts";
import { milliseconds } from "../../model/duration.ts";
import type { Connector } from "../../model/environment/connector.ts";
import { ofOneType, typesOfPart, type Variable } from "../../model/environment/variable.ts";
import type { Release } from "../../model/release.ts";
import { type ConnectorTypes, connectorTypes } from "../../model/scim/connector-types.ts";
import { compileRelease, type Program } from "../../policy/program.ts";
import type { Guarded } from "../authentication/credentials.ts";
import type { KnownToken } from "../authentication/token.ts";
import { trustedIssuer } from "../authentication/trusted-issuer.ts";

/** A connector as the SCIM listener serves it. */
export interface ConnectorRuntime extends Guarded {
  /** Whose release it is of. */
  readonly environment: string;
  /** The base URL that resources give as their location. */
  readonly endpoint: string;
  readonly types: ConnectorTypes;
  /** The path under which it is served. */
  readonly path: string;
  readonly pageSize: number;
  /** Of one that only takes away: it is not of the last release, or was at another address by an earlier one. */
  readonly past?: "left" | "moved";
}

export interface Runtime {
  /** The resource types of each connector, served here or not. */
  readonly types: ReadonlyMap<string, ConnectorTypes>;
  readonly active: ActiveRelease;
  readonly program: Program;
  /** Those with longer paths first: the first one whose path a request begins with is meant. */
  readonly connectors: readonly ConnectorRuntime[];
}

/** The resource types of every connector of a release, by its name. */
export function typesOf({ connectors }: Release): ReadonlyMap<string, ConnectorTypes> {
  return new Map(Object.entries(connectors).map(([name, connector]) => [name, connectorTypes(connector)]));
}

/**
 * Makes an active release ready to serve.
 *
 * @param tokens those that are accepted, by the name of the connector
 * @throws {Error} when it is not one that this version runs
 */
export function makeRuntime(active: ActiveRelease, tokens: Tokens): Runtime {
  const { release } = active;
  return {
    active,
    program: compileRelease(release),
    types: typesOf(release),
    connectors: connectorsOf(release, tokens),
  };
}

/** The fixed tokens that are accepted, by the name of the connector. */
export type Tokens = ReadonlyMap<string, readonly KnownToken[]>;

/**
 * The connectors of a release that are served here.
 *
 * @throws {Error} when one of them has no address, or nothing that lets anybody in
 */
export function connectorsOf(release: Release, tokens: Tokens): ConnectorRuntime[] {
  const types = typesOf(release);
  const connectors = Object.entries(release.connectors).flatMap(([name, connector]) => {
    // one that we read has no address here
    if (!connector.endpoint || !connector.auth) return [];
    const endpoint = release.variables[connector.endpoint.var];
    const size = connector.pageSize && variableOf(release, connector.pageSize, typesOfPart.pageSize);
    const credentials = credentialsOf(release, connector, tokens.get(name) ?? []);
    if (endpoint?.type !== "url" || endpoint.value === undefined || !credentials)
      throw new Error(`connector ${name} was not validated`);
    const { rateLimit } = connector;
    return {
      name,
      environment: release.environment,
      types: types.get(name) ?? connectorTypes(connector),
      endpoint: endpoint.value.replace(/\/+$/, ""),
      path: endpointPath(endpoint.value),
      credentials,
      allow: connector.auth.allow,
      rateLimit: rateLimit && { requests: rateLimit.requests, per: milliseconds(rateLimit.per) },
      pageSize: size?.value || 100,
    };
  });
  // the path of one may begin that of another
  return connectors.sort((one, other) => other.path.length - one.path.length);
}

/** The variable that a part names, where it is of one of these types. */
function variableOf<T extends Variable["type"]>(
  { variables }: Release,
  { var: name }: { readonly var: string },
  types: readonly T[],
) {
  return ofOneType(variables[name], types);
}

/** What a connector accepts; undefined where a variable is not what validation makes sure of. */
function credentialsOf(
  release: Release,
  connector: Connector,
  tokens: readonly KnownToken[],
): Guarded["credentials"] | undefined {
  const { bearer } = connector.auth ?? {};
  const token = bearer && release.variables[bearer.var];
  return token?.type === "secret" ? { kind: "bearer", tokens } : trustedIssuer(release, connector);
}
