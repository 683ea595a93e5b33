/**
 * Looks now and then for what the secrets of the release that is served are by now: so another value in a file or a store lets in
 * without a deploy, and what could not be had when the agent started is found.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { Release } from "../../model/release.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { SecretStores } from "../../secrets/stores/stores.ts";
import { pauseAfter } from "../alerts/backoff.ts";
import type { AlertEvent } from "../alerts/event.ts";
import { bearerSecrets } from "../authentication/bearer-secrets.ts";
import { findToken, type KnownToken } from "../authentication/token.ts";
import { offeredHashes } from "../authentication/usable-tokens.ts";
import { type AgentConfig, allowsReference, hashesOf } from "../config.ts";
import { entranceBy, lacksSecret, missedSlots, type SecretEntrance } from "../releases/entrance.ts";
import type { ConnectorRuntime } from "../releases/runtime.ts";
import { type ResolvedSecrets, resolveSecrets } from "../releases/secrets.ts";
import { releaseOf } from "../releases/serving.ts";
import type { Store } from "../store/schema.ts";
import { writeAudit } from "./audit.ts";
import { SecretsTold } from "./secrets-told.ts";
import type { Writer } from "./writer.ts";

/** How often it looks: as late at most another value in a file is noticed. */
const usualPause: Milliseconds = 5_000;
/** While a connector lacks one, from its start on. */
const backoff: { readonly first: Milliseconds; readonly max: Milliseconds } = { first: 1_000, max: 60_000 };
/** After so many attempts, some 10 seconds, somebody is told. */
const toldAfter = 4;

export interface SecretWatchParts {
  /** How the connectors of the release that was active are let in; undefined where there was none. */
  readonly entrance: SecretEntrance | undefined;
  readonly config: AgentConfig;
  readonly stores: SecretStores;
  readonly writer: Pick<Writer, "admitBy" | "clock" | "serving" | "active">;
  readonly log: FastifyBaseLogger;
  /** Is told what somebody has to know. */
  readonly raised: (...events: readonly AlertEvent[]) => void;
  /** How often it looks: every 5 seconds when it is absent. */
  readonly every?: Milliseconds | undefined;
}

export interface SecretWatch {
  /** What is wrong with secrets now, by their names. */
  readonly told: Pick<SecretsTold, "standing">;
  /** Looks now, and asks each store anew; answers when who is let in follows. */
  look(): Promise<void>;
  end(): void;
}

/** Begins to look. */
export function watchSecrets(parts: SecretWatchParts): SecretWatch {
  const { config, stores, writer, log, raised, every = usualPause } = parts;
  const told = new SecretsTold(log, raised);
  const ended = new AbortController();
  const rest = (pause: Milliseconds) =>
    sleep(pause, true, { ref: false, signal: ended.signal }).catch(() => false);
  let last = parts.entrance;
  let seen = "";
  const lookAt = async (kept: "kept" | "fresh") => {
    const release = releaseOf(writer.serving);
    // one that became active had all of its secrets
    if (last?.release !== release) [last, seen] = [undefined, ""];
    const own = ownReferences(config);
    const named = release ? namedBy(config, release) : [];
    const resolved: ResolvedSecrets = release
      ? await resolveSecrets({ host: config, stores }, release, kept)
      : { secrets: new Map(), failures: [], emptySlots: new Map(), problems: [] };
    const wrong = [];
    for (const [what, reference] of own) wrong.push({ what, ...(await stores.resolve(reference)) });
    const away = await stores.tend(new Set([...named, ...own.map(([, reference]) => reference)]));
    if (ended.signal.aborted) return;
    told.tell([...resolved.problems, ...(last ? missedSlots(last, resolved) : [])], wrong, {
      away,
      secrets: release?.secrets ?? {},
    });
    const found = release ? fingerprint(release, resolved, config) : seen;
    if (!release || found === seen) return;
    const running = () => (writer.active?.active.release === release ? writer.active.connectors : undefined);
    let now: SecretEntrance | undefined;
    let replaced: readonly ReplacedTokens[] = [];
    const isServed = await writer.admitBy(release, async (store) => {
      const time = writer.clock.now();
      const before = running();
      now = await entranceBy(resolved, { store, host: config, release, now: time, running: before });
      replaced = replacedIn(before ?? [], now.connectors);
      await noteReplaced(store, time, { release, digest: writer.active?.active.digest ?? null, replaced });
      return now;
    });
    if (!isServed || !now) return;
    seen = found;
    tellChanges(last, now, replaced, log);
    last = now;
  };
  let underway: Promise<void> = Promise.resolve();
  const look = (kept: "kept" | "fresh") => {
    const looked = underway.then(() => (ended.signal.aborted ? undefined : lookAt(kept)));
    underway = looked.catch(() => undefined);
    return looked;
  };
  const watch = async () => {
    for (let attempts = 1; ; attempts = last?.connectors.some(lacksSecret) ? attempts + 1 : 1) {
      const isLacking = last?.connectors.some(lacksSecret) ?? false;
      if (!(await rest(isLacking ? Math.min(every, pauseAfter(attempts, backoff)) : every))) return;
      await look("kept").catch((error) => log.error(error, "secrets cannot be looked for now"));
      const lacking = last?.connectors.filter(lacksSecret) ?? [];
      if (attempts === toldAfter) raised(...lacking.map(({ name }) => secretMissing(name, attempts)));
    }
  };
  void watch();
  return { told, look: () => look("fresh"), end: () => ended.abort() };
}

/** The references that the host's own configuration names, each with where it stands. */
function ownReferences({ mail, host }: AgentConfig): readonly (readonly [string, string])[] {
  const [password, probe] = [mail?.auth?.password, host?.probe?.password];
  return [
    ...(password === undefined ? [] : [["mail.auth.password", password] as const]),
    ...(probe === undefined ? [] : [["host.probe.password", probe] as const]),
  ];
}

/** The references of a release that the host allows. */
function namedBy(config: AgentConfig, { secrets }: Release): string[] {
  return Object.values(secrets).flatMap(({ refs }) =>
    refs.filter((reference) => allowsReference(config, reference)),
  );
}

function secretMissing(connector: string, attempts: number): AlertEvent {
  const summary = `connector ${connector}: a token cannot be had on the agent's host (looked for ${attempts} times), and until it can only access is taken away: put the secret where the reference points`;
  return { kind: "auth-failed", connector, subject: "secretMissing", summary, detail: summary };
}

/** What makes a difference to who is let in. */
function fingerprint(
  release: Release,
  { secrets, failures, emptySlots }: ResolvedSecrets,
  { tokens }: Pick<AgentConfig, "tokens">,
): string {
  return JSON.stringify([
    offeredHashes(release, secrets),
    failures,
    [...emptySlots.keys()],
    tokens.map(hashesOf),
  ]);
}

/** A connector that went on and has other tokens now. */
interface ReplacedTokens {
  readonly connector: string;
  readonly how: keyof typeof replacements;
}

/** What is said of it: in the audit, of the secret's value, and in the log. */
const replacements = {
  added: [
    "came beside the one before, where its reference points",
    "another token of the connector is there: both are let in from now on",
  ],
  withdrawn: [
    "is withdrawn: another one has its place",
    "a token of the connector was withdrawn where its reference points: it is let in no longer",
  ],
  replaced: [
    "is another one where its reference points",
    "a token of the connector was replaced where its reference points: the new one is let in from now on, and the old one no longer",
  ],
} as const;

function replacedIn(
  before: readonly ConnectorRuntime[],
  now: readonly ConnectorRuntime[],
): readonly ReplacedTokens[] {
  return now.flatMap((connector): readonly ReplacedTokens[] => {
    const present = before.find(({ name }) => name === connector.name);
    if (present === undefined || present === connector || lacksSecret(present)) return [];
    const [old, fresh] = [tokensOf(present), tokensOf(connector)];
    const how = isAllOf(old, fresh) ? "added" : isAllOf(fresh, old) ? "withdrawn" : "replaced";
    return [{ connector: connector.name, how }];
  });
}

function tokensOf({ credentials }: ConnectorRuntime): readonly KnownToken[] {
  return credentials.kind === "bearer" ? credentials.tokens : [];
}

function isAllOf(some: readonly KnownToken[], all: readonly KnownToken[]): boolean {
  return some.every(({ hash }) => findToken(hash, all));
}

/** Who is let in has changed, and nobody deployed: the audit says so. */
function noteReplaced(
  store: Store,
  at: Time,
  {
    release,
    digest,
    replaced,
  }: {
    readonly release: Release;
    readonly digest: string | null;
    readonly replaced: readonly ReplacedTokens[];
  },
): Promise<void> {
  const secrets = bearerSecrets(release);
  return writeAudit(
    store,
    replaced.map(({ connector, how }) => ({
      ...{
        at,
        actor: "agent",
        operation: "token.replace",
        target: connector,
        outcome: "done",
        release: digest,
      },
      detail: `${how === "replaced" ? "the" : "a"} value of secret ${secrets.get(connector)} ${replacements[how][0]}`,
    })),
  );
}

/** Says what has changed, once. */
function tellChanges(
  before: SecretEntrance | undefined,
  now: SecretEntrance,
  replaced: readonly ReplacedTokens[],
  log: FastifyBaseLogger,
): void {
  for (const problem of now.problems) if (!before?.problems.includes(problem)) log.error(problem);
  for (const { secret, index, sentence } of before?.unusable ?? [])
    if (!now.unusable.some((one) => one.secret === secret && one.index === index))
      log.info(`secrets.${secret}.refs.${index}: ${sentence}: that is over`);
  const lacked = new Set(before?.connectors.filter(lacksSecret).map(({ name }) => name));
  for (const connector of now.connectors) {
    const { name } = connector;
    if (lacked.has(name) && !lacksSecret(connector))
      log.info({ connector: name }, "all tokens of the connector are there now: it lets in as ever");
    const how = replaced.find((one) => one.connector === name)?.how;
    if (how) log.info({ connector: name }, replacements[how][1]);
  }
}
