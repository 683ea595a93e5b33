/** How the connectors of the release that was active when the agent stopped are let in when it starts, and as its secrets come. */
import type { FastifyBaseLogger } from "fastify";
import { sharedIssuers } from "../../model/check/credentials.ts";
import { type Release, toEnvironment } from "../../model/release.ts";
import type { Time } from "../../model/time.ts";
import { bearerSecrets, type SecretValues } from "../authentication/bearer-secrets.ts";
import type { Guarded } from "../authentication/credentials.ts";
import { forbiddenEgress } from "../authentication/egress.ts";
import { noteTokens, sortSeenTokens } from "../authentication/first-seen.ts";
import { findToken, hashToken, type KnownToken } from "../authentication/token.ts";
import { warnOfTokens } from "../authentication/token-list.ts";
import type { UnusableToken } from "../authentication/usable-tokens.ts";
import type { HostRules } from "../config.ts";
import type { Store } from "../store/schema.ts";
import { type Entrance, readDoors } from "./doors.ts";
import { type ConnectorRuntime, connectorsOf } from "./runtime.ts";
import {
  forbiddenReferences,
  type ResolvedSecrets,
  type Resolving,
  resolveSecrets,
  type SecretProblem,
} from "./secrets.ts";

/** How connectors are let in by the secrets that can be had. */
export interface SecretEntrance extends Entrance {
  /**
   * What is wrong with the secrets, as the log says it. It is no failure: enforcement goes on, and only the connector that needs one
   * is not reached.
   */
  readonly problems: readonly string[];
  /** The values among them that are there and open nothing. */
  readonly unusable: readonly UnusableToken[];
}

interface EntranceParts {
  readonly store: Store;
  readonly host: HostRules;
  readonly release: Release;
  readonly now: Time;
  /** The connectors as the release serves them now, where it runs: one of which no better tokens can be had goes on as it is. */
  readonly running?: readonly ConnectorRuntime[] | undefined;
}

/**
 * Lets the connectors of a release in by its secrets as far as they can be had, and notes its tokens. Of a connector of which one
 * cannot, and that does not run, nobody knows who comes: whoever was let in when it could may only take away, and all others come
 * again.
 *
 * @param unnoted is told of a token that cannot be noted now, and is left out; where it is absent, that is thrown
 * @throws {Error} where the release is not one that this version can serve
 */
export async function entranceBy(
  { secrets, failures, emptySlots }: ResolvedSecrets,
  { store, host, release, now, running = [] }: EntranceParts,
  unnoted?: Parameters<typeof noteTokens>[4],
): Promise<SecretEntrance> {
  const { usable, problems, faults } = await sortSeenTokens(store, host, release, secrets);
  const tokens = await noteTokens(store, release, usable, now, unnoted);
  const doors = await lastTokens(store, release);
  const connectors = connectorsOf(release, tokens).map((connector): ConnectorRuntime => {
    const { credentials, name } = connector;
    const present = running.find((one) => one.name === name);
    const values = valuesOf(release, secrets, name);
    const isEmpty = emptySlots.has(bearerSecrets(release).get(name) ?? "");
    // what stays the same keeps what is known of it, such as how often it was called
    if (credentials.kind !== "bearer") return present ?? connector;
    const given = new Set(values.flatMap((value) => value ?? []));
    const last = (doors.get(name) ?? []).filter(({ hash }) => !findToken(hash, credentials.tokens));
    const isWhole = !values.includes(undefined) || (isEmpty && !last.some(({ expires }) => now < expires));
    if (isWhole && credentials.tokens.length === given.size)
      return present && hasTokens(present, credentials.tokens) ? present : connector;
    if (present && !lacksSecret(present)) return present;
    // what is there and cannot be a token is no sign that the last ones are to go on
    return { ...connector, credentials: { ...credentials, last: values.includes(undefined) ? last : [] } };
  });
  const forbidden = new Set(forbiddenReferences(host, release));
  const goesOn = !connectors.some(lacksSecret);
  const missed = missedSlots({ release, connectors }, { emptySlots }).map(({ problem }) => problem);
  const told = [...failures, ...missed, ...problems].map((problem) => {
    if (forbidden.has(problem))
      return `${problem}: nobody is let in by it until the agent starts with a configuration that does`;
    return goesOn && running.length > 0
      ? `${problem}: its connector goes on with the last token until one is there that can be used, which the agent notices by itself`
      : `${problem}: nobody is let in by it until a token is there that can be used, which the agent notices by itself`;
  });
  return { release, connectors, problems: told, unusable: faults };
}

/** Does so when the agent starts, and tells in the log what is wrong. */
export async function entranceOf(
  store: Store,
  { host, stores }: Resolving,
  release: Release,
  log: FastifyBaseLogger,
  now: Time,
): Promise<SecretEntrance> {
  const resolved = await resolveSecrets({ host, stores }, release);
  const entrance = await entranceBy(resolved, { store, host, release, now }, (connector, error) =>
    log.error(
      error,
      `a token of connector ${connector} cannot be noted: it lets nobody in until it can, which the agent notices by itself`,
    ),
  );
  for (const problem of entrance.problems) log.error(problem);
  // of which nobody can say whose they were first: a release of this version has none
  for (const { path, message } of sharedIssuers(toEnvironment(release)))
    log.error(
      `${path.join(".")}: ${message}: each lets in who has a token of the other until another release is activated`,
    );
  for (const failure of forbiddenEgress(host, release))
    log.error(`${failure}: nobody is let in by its tokens until the agent starts with it`);
  warnOfTokens(log, entrance.connectors, now);
  return entrance;
}

/**
 * Why a release does not become active that has an empty slot: a token that lets in now would be in neither. One that waits for its next
 * value is no reason.
 */
export async function lostTokens(
  { secrets, emptySlots }: ResolvedSecrets,
  { store, release, now }: Pick<EntranceParts, "store" | "release" | "now">,
): Promise<string[]> {
  if (emptySlots.size === 0) return [];
  const last = await lastTokens(store, release);
  return [...bearerSecrets(release)].flatMap(([connector, secret]) => {
    const empty = emptySlots.get(secret);
    const hashes = (secrets.get(secret) ?? []).flatMap((value) =>
      value === undefined ? [] : { hash: hashToken(value) },
    );
    const isLost =
      last.get(connector)?.some((one) => now < one.expires && !findToken(one.hash, hashes)) ?? false;
    return empty && isLost
      ? [`${empty.problem}: a token that lets in to connector ${connector} now is in neither slot`]
      : [];
  });
}

/** Empty slots of connectors that lack a token: they were not empty before. */
export function missedSlots(
  { release, connectors }: Entrance,
  { emptySlots }: Pick<ResolvedSecrets, "emptySlots">,
): readonly SecretProblem[] {
  const secrets = bearerSecrets(release);
  return connectors.filter(lacksSecret).flatMap(({ name }) => emptySlots.get(secrets.get(name) ?? "") ?? []);
}

/** By what connectors were let in last, by their names. */
async function lastTokens(
  store: Store,
  { environment }: Release,
): Promise<ReadonlyMap<string, readonly KnownToken[]>> {
  const doors = await readDoors(store, environment);
  return new Map(
    doors.flatMap(({ connector: { name, credentials } }): [string, readonly KnownToken[]][] =>
      credentials.kind === "bearer" ? [[name, credentials.tokens]] : [],
    ),
  );
}

/** Whether a connector has a secret that cannot be had. */
export function lacksSecret({ credentials }: Pick<Guarded, "credentials">): boolean {
  return credentials.kind === "bearer" && credentials.last !== undefined;
}

function valuesOf(release: Release, secrets: SecretValues, connector: string) {
  const secret = bearerSecrets(release).get(connector);
  return secret === undefined ? [] : (secrets.get(secret) ?? []);
}

function hasTokens({ credentials }: ConnectorRuntime, tokens: readonly KnownToken[]): boolean {
  return (
    credentials.kind === "bearer" &&
    credentials.last === undefined &&
    credentials.tokens.length === tokens.length &&
    credentials.tokens.every(({ hash }, index) => tokens[index]?.hash.equals(hash))
  );
}
