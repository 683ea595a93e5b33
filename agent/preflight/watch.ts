/** Looks now and then whether what the active release names still works, and tells what does not, once. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { PreflightCheck } from "../../api/preflight.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { AlertEvent } from "../alerts/event.ts";
import type { Preflight } from "./preflight.ts";

export interface PreflightSchedule {
  readonly every: Milliseconds;
  /** After how long it is looked again at what does not work: a server may be restarting. */
  readonly again: Milliseconds;
}

const usually: PreflightSchedule = { every: 3_600_000, again: 60_000 };

/**
 * Begins to look.
 *
 * @returns what ends it
 */
export function watchPreflight(
  preflight: Pick<Preflight, "active" | "check">,
  tell: (...events: readonly AlertEvent[]) => void,
  log: FastifyBaseLogger,
  { every, again }: PreflightSchedule = usually,
): () => void {
  const end = new AbortController();
  const rest = (pause: Milliseconds) =>
    sleep(pause, true, { ref: false, signal: end.signal }).catch(() => false);
  /** What was told and is still so. */
  let told: ReadonlySet<string> = new Set();
  const look = async () => {
    const release = preflight.active;
    const checks = release ? await preflight.check(release, { mayDeploy: true }) : [];
    return new Map(checks.filter(isWrong).map((check) => [matterOfCheck(check), check]));
  };
  const watch = async (first: Milliseconds) => {
    for (let pause = first; await rest(pause); pause = every) {
      const first = await look();
      if ([...first.keys()].some((matter) => !told.has(matter)) && !(await rest(again))) return;
      const second = [...first.keys()].every((matter) => told.has(matter)) ? first : await look();
      const wrong = [...second].filter(([matter]) => first.has(matter));
      const fresh = wrong.filter(([matter]) => !told.has(matter));
      told = new Set(wrong.map(([matter]) => matter));
      for (const [, check] of fresh) log.warn({ name: check.name }, eventOf(check).summary);
      tell(...fresh.map(([, check]) => eventOf(check)));
    }
  };
  const keepOn = async (): Promise<void> => {
    // by another agent.yaml, or on another host, a start may bring what nobody deployed
    for (let pause = again; !end.signal.aborted; pause = every)
      await watch(pause).catch((error) => {
        // whoever stops takes the store along
        if (!end.signal.aborted) log.error(error, "what the release names cannot be looked at now");
      });
  };
  void keepOn();
  return () => end.abort();
}

function isWrong({ state }: PreflightCheck): boolean {
  return state === "failed" || state === "warning";
}

/** What is told once as long as it is so: a warning that becomes a failure is another matter. */
function matterOfCheck({ state, subject, name, what }: PreflightCheck): string {
  return [state, subject, name, what].join(" ");
}

function eventOf(check: PreflightCheck): AlertEvent {
  const { state, name, what, found, mend, owner } = check;
  const summary = `${name}: ${what}: ${found}; ${state === "failed" ? "" : "before it fails, "}${mend ?? "look into it"}`;
  return {
    ...{ kind: "preflight", subject: matterOfCheck(check), summary, detail: summary },
    ...(owner !== undefined && { owner }),
  };
}
