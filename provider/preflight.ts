/**
 * What would go wrong with a release, before it is activated: whatever runs terraform stops at what fails, unless HGSCIM_PREFLIGHT is off,
 * which the history says. At plan nothing is resolved or contacted for that.
 */
import type { PreflightCheck } from "../api/preflight.ts";
import type { ReleaseData } from "../model/digest.ts";
import type { Release } from "../model/release.ts";
import { variableChecks } from "../preflight/variables.ts";
import { positionOf } from "../report/positions.ts";
import { describeFailures } from "../report/preflight.ts";
import { paragraphs } from "../report/words.ts";
import type { Agent } from "./agent.ts";
import type { Diagnostic } from "./plugin/index.ts";

/** What the history says of a release that nobody wanted looked at. */
export function skippedPreflight(
  { HGSCIM_PREFLIGHT: setting }: NodeJS.ProcessEnv = process.env,
): "skipped" | undefined {
  return setting === "off" ? "skipped" : undefined;
}

/** Why a setting is none. */
function settingProblem({ HGSCIM_PREFLIGHT: setting }: NodeJS.ProcessEnv = process.env): Diagnostic[] {
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
export function plannedFaults(release: ReleaseData, { sources }: Pick<Agent, "sources">): Diagnostic[] {
  if (skippedPreflight()) return [];
  return [...settingProblem(), ...stopping(variableChecks(release as Release), sources)];
}

/** What the agent finds on its host besides, of what the active release does not name already. */
export async function faultsBefore(release: ReleaseData, { client, sources }: Agent): Promise<Diagnostic[]> {
  if (skippedPreflight()) return [];
  const planned = plannedFaults(release, { sources });
  if (planned.length > 0) return planned;
  const answer = await client.preflight(release, "new");
  if (answer.ok) return stopping(answer.value.checks, sources);
  // an older agent has no such answer, and one that is away says so to the activation
  return [];
}

function stopping(checks: readonly PreflightCheck[], sources: Agent["sources"]): Diagnostic[] {
  const failures = describeFailures(
    checks.map((check) => {
      const at = check.entry === undefined ? undefined : positionOf(sources, "settings", check.entry);
      return { ...check, ...(at !== undefined && { at }) };
    }),
  );
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
