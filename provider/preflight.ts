/**
 * What would go wrong with a release, before it is activated: whatever runs terraform stops at what fails, unless HGSCIM_PREFLIGHT is off,
 * which the history says. At plan nothing is resolved or contacted for that.
 */
import type { AdminError } from "../api/error.ts";
import type { PreflightCheck } from "../api/preflight.ts";
import type { ReleaseData } from "../model/digest.ts";
import type { Release } from "../model/release.ts";
import { ok, type Result } from "../model/result.ts";
import type { Milliseconds } from "../model/time.ts";
import { variableChecks } from "../preflight/variables.ts";
import { positionOf } from "../report/positions.ts";
import { describeFailures } from "../report/preflight.ts";
import { paragraphs } from "../report/words.ts";
import type { Agent } from "./agent.ts";
import { agentDiagnostic } from "./diagnostics.ts";
import type { Diagnostic } from "./plugin/index.ts";

/** What the history says of a release that nobody wanted looked at. */
export function skippedPreflight(
  { HGSCIM_PREFLIGHT: setting }: NodeJS.ProcessEnv = process.env,
): "skipped" | undefined {
  return setting === "off" ? "skipped" : undefined;
}

/** Why a setting is none. */
export function settingProblem({ HGSCIM_PREFLIGHT: setting }: NodeJS.ProcessEnv = process.env): Diagnostic[] {
  if (!setting || setting === "off") return [];
  return [
    {
      severity: "error",
      summary: "HGSCIM_PREFLIGHT is no setting",
      detail: "Expected off, or nothing. Nothing has changed.",
    },
  ];
}

/** What the variables say by themselves. */
export function plannedFaults(
  release: ReleaseData,
  { sources }: Pick<Agent, "sources">,
  env: NodeJS.ProcessEnv = process.env,
): Diagnostic[] {
  if (skippedPreflight(env)) return [];
  return [...settingProblem(env), ...stopping(variableChecks(release as Release), sources)];
}

/** What the agent finds on its host besides, of what the active release does not name already. */
export async function faultsBefore(release: ReleaseData, { client, sources }: Agent): Promise<Diagnostic[]> {
  if (skippedPreflight()) return [];
  const planned = plannedFaults(release, { sources });
  if (planned.length > 0) return planned;
  const answer = await client.preflight(release, { only: "new" });
  if (answer.ok) return stopping(answer.value.checks, sources);
  return saysNothing(answer.error)
    ? []
    : [agentDiagnostic("The agent does not say whether this release would work", answer.error, sources)];
}

/** An agent of before has no such answer. */
function saysNothing({ kind, status }: AdminError): boolean {
  return kind === "refused" && status === 404;
}

/**
 * Why a release would not work, a line for each reason, by its variables and by what the agent finds that is new in it; nothing where
 * it would. For whoever sends it without terraform.
 *
 * @param within in which the agent is to answer
 * @returns failing, why the agent does not say
 */
export async function reasonsAgainst(
  release: ReleaseData,
  { client, sources }: Pick<Agent, "client" | "sources">,
  within?: Milliseconds,
): Promise<Result<string[], AdminError>> {
  const asked = { only: "new" as const, ...(within !== undefined && { within }) };
  const answer = await client.preflight(release, asked);
  if (!answer.ok && !saysNothing(answer.error)) return answer;
  const found = answer.ok ? answer.value.checks : [];
  return ok(failuresOf([...variableChecks(release as Release), ...found], sources));
}

function failuresOf(checks: readonly PreflightCheck[], sources: Agent["sources"]): string[] {
  return describeFailures(
    checks.map((check) => {
      const at = check.entry === undefined ? undefined : positionOf(sources, "settings", check.entry);
      return { ...check, ...(at !== undefined && { at }) };
    }),
  );
}

function stopping(checks: readonly PreflightCheck[], sources: Agent["sources"]): Diagnostic[] {
  const failures = failuresOf(checks, sources);
  if (failures.length === 0) return [];
  return [
    {
      severity: "error",
      summary: "The preflight of this release fails",
      detail: paragraphs(failures, [
        "Nothing has changed. Where it is to be deployed all the same: hgscim deploy --no-preflight, or HGSCIM_PREFLIGHT=off, which the history says.",
      ]),
    },
  ];
}
