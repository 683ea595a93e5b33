/** What is active right now, in memory: the compiled release, and the secrets that its references point at. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { ActiveRelease } from "../api/contract.ts";
import { endpointPath } from "../model/check/connectors.ts";
import type { Connector } from "../model/environment/connector.ts";
import { resolveReference } from "../model/reference.ts";
import type { Release } from "../model/release.ts";
import { type ConnectorTypes, connectorTypes } from "../model/scim/connector-types.ts";
import { compileRelease, type Program } from "../policy/program.ts";
import { type AgentConfig, allowsReference } from "./config.ts";

/** A connector as the SCIM listener serves it. */
export interface ConnectorRuntime {
  readonly name: string;
  /** The base URL that resources give as their location. */
  readonly endpoint: string;
  readonly types: ConnectorTypes;
  /** The path under which it is served. */
  readonly path: string;
  readonly pageSize: number;
  /** What may be read and written with a token. */
  readonly allow: NonNullable<Connector["auth"]>["allow"];
  /** SHA-256 of the tokens that are accepted: one, or two during a rotation. */
  readonly tokens: readonly Buffer[];
}

export interface Runtime {
  /** The resource types of each connector, served here or not. */
  readonly types: ReadonlyMap<string, ConnectorTypes>;
  readonly active: ActiveRelease;
  readonly program: Program;
  readonly connectors: readonly ConnectorRuntime[];
}

/**
 * The secrets of a release, by the name of the entry and the index of the reference: `okta-token/0`. What the host's
 * configuration does not allow is never looked at.
 *
 * @returns the reasons, which name references and never values, where one cannot be had
 */
export async function resolveSecrets(
  config: AgentConfig,
  release: Release,
): Promise<{
  readonly secrets: ReadonlyMap<string, readonly string[]>;
  readonly failures: readonly string[];
}> {
  const secrets = new Map<string, string[]>();
  const failures: string[] = [];
  for (const [name, { refs }] of Object.entries(release.secrets)) {
    const values: string[] = [];
    for (const reference of refs) {
      if (!allowsReference(config, reference)) {
        failures.push(forbidden(name, reference));
        continue;
      }
      const resolved = await resolveReference(reference);
      if (resolved.ok) values.push(resolved.value);
      else failures.push(`secrets.${name}: ${resolved.reason} (on the agent's host)`);
    }
    secrets.set(name, values);
  }
  return { secrets, failures };
}

/** The references of a release that the host's configuration does not allow; nothing is resolved to tell them. */
export function forbiddenReferences(config: AgentConfig, release: Release): string[] {
  return Object.entries(release.secrets).flatMap(([name, { refs }]) =>
    refs
      .filter((reference) => !allowsReference(config, reference))
      .map((reference) => forbidden(name, reference)),
  );
}

function forbidden(name: string, reference: string): string {
  return `secrets.${name}: the agent's configuration does not allow ${reference} (see references in agent.yaml)`;
}

/** The resource types of every connector of a release, by its name. */
export function typesOf({ connectors }: Release): ReadonlyMap<string, ConnectorTypes> {
  return new Map(Object.entries(connectors).map(([name, connector]) => [name, connectorTypes(connector)]));
}

/** Makes an active release ready to serve. */
export function makeRuntime(active: ActiveRelease, secrets: ReadonlyMap<string, readonly string[]>): Runtime {
  const { release } = active;
  const types = typesOf(release);
  const connectors = Object.entries(release.connectors).flatMap(([name, connector]) => {
    // one that we read has no address here
    if (!connector.endpoint || !connector.auth?.bearer) return [];
    const endpoint = release.variables[connector.endpoint.var];
    const token = release.variables[connector.auth.bearer.var];
    const size = connector.pageSize && release.variables[connector.pageSize.var];
    if (endpoint?.type !== "url" || endpoint.value === undefined || token?.type !== "secret")
      throw new Error(`connector ${name} was not validated`);
    return {
      name,
      types: types.get(name) ?? connectorTypes(connector),
      endpoint: endpoint.value.replace(/\/+$/, ""),
      path: endpointPath(endpoint.value),
      allow: connector.auth.allow,
      pageSize: (size?.type === "integer" && size.value) || 100,
      tokens: (secrets.get(token.secret) ?? []).map(hashToken),
    };
  });
  return { active, program: compileRelease(release), types, connectors };
}

/** SHA-256 of a token: what is kept of it, and compared. */
function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** The token of an `Authorization: Bearer` header (RFC 6750, section 2.1). */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([^\s]+)$/i.exec(header ?? "")?.[1];
}

/** Whether the token is one of those whose hashes are given; takes the same time whichever it is. */
export function matchesToken(token: string, hashes: readonly Buffer[]): boolean {
  const hash = hashToken(token);
  return hashes.reduce((found, known) => timingSafeEqual(hash, known) || found, false);
}
