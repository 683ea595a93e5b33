/** Looks again for secrets that could not be had when the agent started: slower and slower, until all are there. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { Release } from "../../model/release.ts";
import type { Milliseconds } from "../../model/time.ts";
import { pauseAfter } from "../alerts/backoff.ts";
import type { AlertEvent } from "../alerts/event.ts";
import { offeredHashes } from "../authentication/usable-tokens.ts";
import type { HostRules } from "../config.ts";
import { entranceBy, lacksSecret, type SecretEntrance } from "../releases/entrance.ts";
import { type ResolvedSecrets, resolveSecrets } from "../releases/runtime.ts";
import type { Writer } from "./writer.ts";

const backoff: { readonly first: Milliseconds; readonly max: Milliseconds } = { first: 1_000, max: 60_000 };
/** After so many attempts, some 10 seconds, somebody is told. */
const toldAfter = 4;

/**
 * Begins to look for the secrets that an entrance lacks. A release that is activated has all of its own, and ends it.
 *
 * @param raised is told of connectors that lack one for long
 * @returns what ends it
 */
export function watchSecrets(
  entrance: SecretEntrance,
  host: HostRules,
  writer: Pick<Writer, "admitBy" | "clock">,
  log: FastifyBaseLogger,
  raised: (...events: readonly AlertEvent[]) => void,
): () => void {
  const end = new AbortController();
  const rest = (pause: Milliseconds) =>
    sleep(pause, true, { ref: false, signal: end.signal }).catch(() => false);
  let last: SecretEntrance | undefined = entrance;
  let seen = "";
  const look = async ({ release, ...before }: SecretEntrance): Promise<SecretEntrance | undefined> => {
    const resolved = await resolveSecrets(host, release);
    const found = fingerprint(release, resolved);
    if (found === seen || end.signal.aborted) return { release, ...before };
    let now: SecretEntrance | undefined;
    const isServed = await writer.admitBy(release, async (store) => {
      now = await entranceBy(resolved, { store, host, release, now: writer.clock.now() });
      return now;
    });
    seen = found;
    if (now) tell(before, now, log);
    return isServed ? now : undefined;
  };
  const watch = async () => {
    for (
      let attempts = 1;
      last?.connectors.some(lacksSecret) && (await rest(pauseAfter(attempts, backoff)));
      attempts++
    ) {
      last = await look(last).catch((error) => {
        log.error(error, "missing secrets cannot be looked for now");
        return last;
      });
      if (last && attempts === toldAfter)
        raised(...last.connectors.filter(lacksSecret).map(({ name }) => secretMissing(name, attempts)));
    }
  };
  void watch();
  return () => end.abort();
}

function secretMissing(connector: string, attempts: number): AlertEvent {
  const summary = `connector ${connector}: a token cannot be had on the agent's host (looked for ${attempts} times), and until it can only access is taken away: put the secret where the reference points`;
  return { kind: "auth-failed", connector, subject: "secretMissing", summary, detail: summary };
}

/** What makes a difference to who is let in. */
function fingerprint(release: Release, { secrets, failures }: ResolvedSecrets): string {
  return JSON.stringify([offeredHashes(release, secrets), failures]);
}

/** Says what has changed, once. */
function tell(before: Omit<SecretEntrance, "release">, now: SecretEntrance, log: FastifyBaseLogger): void {
  for (const problem of now.problems) if (!before.problems.includes(problem)) log.error(problem);
  const lacked = new Set(before.connectors.filter(lacksSecret).map(({ name }) => name));
  for (const connector of now.connectors)
    if (lacked.has(connector.name) && !lacksSecret(connector))
      log.info(
        { connector: connector.name },
        "all tokens of the connector are there now: it lets in as ever",
      );
}
