/** What the provider says to the person at the terminal, as Terraform takes it: severity, summary, detail, attribute. */

import type { Impact } from "../api/contract.ts";
import type { AdminError } from "../api/error.ts";
import { entryDifferences } from "../model/difference.ts";
import type { ReleaseData } from "../model/digest.ts";
import type { Accept } from "../model/environment/bounds.ts";
import type { Sources } from "../model/load.ts";
import { boundsAdviceForFile, boundsProblems, boundsVerdict, unneededAccept } from "../report/bounds.ts";
import { describeEntry } from "../report/difference.ts";
import {
  describeBefore,
  describeImpact,
  describeIneffective,
  describeWaiting,
  summarizeIneffective,
} from "../report/impact.ts";
import { describeLosses, summarizeLosses } from "../report/losses.ts";
import { located, positionOf, withPosition } from "../report/positions.ts";
import { addressPart, deliveryAdvice, wouldRefuse } from "../report/refusal.ts";
import { digestOrNone } from "../report/release.ts";
import { describeFindings, type VerificationFinding } from "../report/verification.ts";
import { capitalized, count, indented, paragraphs } from "../report/words.ts";
import type { ImpactDetail } from "./impact-detail.ts";
import type { Diagnostic } from "./plugin/index.ts";

// how many lines of one kind are shown before the rest is only counted
const mostLines = 40;

/** What is true of every plan and of every apply that failed. */
export const unchanged = "Nothing has changed.";

/** The agent did not do what it was asked. */
export function agentDiagnostic(summary: string, error: AdminError, sources: Sources): Diagnostic {
  const part = addressPart[error.kind];
  const next = withPosition(
    deliveryAdvice[error.kind],
    part && positionOf(sources, "settings", `delivery.agent.${part}`),
  );
  return {
    severity: "error",
    summary,
    detail: paragraphs([`${error.message}.`], problemLines(error.problems, sources), [`${next}.`]),
  };
}

/** Another release is active than the one that the change starts from. */
export function movedDiagnostic(expected: string | null, active: string | null): Diagnostic {
  return {
    severity: "error",
    summary: "The active release is not the one that this change starts from",
    detail: paragraphs(
      indented([`expected  ${digestOrNone(expected)}`, `active    ${digestOrNone(active)}`]),
      [`${unchanged} Somebody deployed meanwhile: plan again, and see what the plan says now.`],
    ),
  };
}

/** The state that terraform has is of another environment than what it plans. */
export function foreignStateDiagnostic(found: string, environment: string): Diagnostic {
  return {
    severity: "error",
    summary: `This state is of the environment ${found}, and not of ${environment}`,
    detail: `${unchanged} Put the state of ${environment} in its place, or take this one away: no state needs to be kept, since the agent knows what is active.`,
  };
}

/** The agent would refuse to activate the release. */
export function failuresDiagnostic(failures: readonly string[], sources: Sources): Diagnostic {
  return {
    severity: "error",
    summary: wouldRefuse,
    detail: paragraphs(problemLines(failures, sources), [unchanged]),
  };
}

/** The release goes beyond the bounds, and that was not accepted; or what was accepted is about another release. */
export function boundsDiagnostic(
  environment: string,
  impact: Impact,
  accept: Accept | undefined,
  sources: Sources,
): Diagnostic {
  const [first] = impact.excesses;
  return {
    severity: "error",
    summary: `${environment}: ${boundsVerdict(impact)}`,
    detail: paragraphs(problemLines(boundsProblems(impact, accept), sources), boundsAdviceForFile(impact), [
      unchanged,
    ]),
    // Terraform prints the text of what a path leads to: of a whole section that is a screen of JSON
    ...(first
      ? first.of === "proposed" && !first.byDefault && { path: ["settings", "bounds"] }
      : { path: ["accept"] }),
  };
}

/** What was accepted is not needed: for this change, or since nothing changes. */
export function unneededDiagnostic(
  environment: string,
  sources: Sources,
  because: keyof typeof unneededAccept,
): Diagnostic {
  return {
    severity: "warning",
    summary: `${environment}: accept is not needed`,
    detail: `${withPosition(capitalized(unneededAccept[because]), sources.accept)}.`,
    path: ["accept"],
  };
}

/**
 * What a change does to people, and which entries it comes from. Null stands for no release at all.
 *
 * @param detail `counts` names nobody
 */
export function impactDiagnostic(
  impact: Impact,
  before: ReleaseData | null,
  after: ReleaseData | null,
  sources: Sources,
  detail: ImpactDetail = "names",
): Diagnostic {
  const { summary, lines } = describeImpact(impact);
  const environment = (after ?? before)?.environment;
  const changes = before && after ? entryDifferences(before, after) : [];
  const entries = changes.map((change) => describeEntry(change, sources));
  return {
    severity: "warning",
    summary: `${environment}: ${summary}`,
    detail: paragraphs(indented(entries, mostLines), detail === "names" ? indented(lines, mostLines) : [], [
      after ? describeBefore(impact) : "After it, nobody has access.",
    ]),
  };
}

/** Mercurial does not go by the release that is active: a deploy of the same one mends that. */
export function driftDiagnostic(environment: string, found: string | null): Diagnostic {
  return {
    severity: "warning",
    summary: `${environment}: Mercurial does not go by the active release`,
    detail: `What it goes by ${found === "shut" ? "refuses everything" : found}. This deploy has the access file made anew, and verifies it: docs/verification.md says how to find out who changed it.`,
  };
}

/** Not all of what a release is verified by could be looked at, though it is active. */
export function unverifiedDiagnostic(
  environment: string,
  missing: readonly VerificationFinding[],
): Diagnostic {
  return {
    severity: "warning",
    summary: `${environment}: not all of what Mercurial goes by could be verified`,
    detail: paragraphs(indented(describeFindings(missing), mostLines), ["The release is active."]),
  };
}

/** Parts of the release that have no effect on the host as it is; nothing where all of it has. */
export function ineffectiveDiagnostics(environment: string, impact: Impact, sources: Sources): Diagnostic[] {
  const lines = describeIneffective(impact);
  if (lines.length === 0) return [];
  return [
    {
      severity: "warning",
      summary: `${environment}: ${summarizeIneffective(lines)}`,
      detail: paragraphs(problemLines(lines, sources)),
    },
  ];
}

/** What is left without anybody by the release; nothing for nothing. */
export function lossDiagnostics(environment: string, impact: Impact, sources: Sources): Diagnostic[] {
  const summary = summarizeLosses(impact);
  if (summary === undefined) return [];
  return [
    {
      severity: "warning",
      summary: `${environment}: ${summary}`,
      detail: paragraphs(problemLines(describeLosses(impact), sources)),
    },
  ];
}

/** Who does not get the account that the release makes of them, since it may be another person's; nothing for nobody. */
export function withheldDiagnostics(environment: string, impact: Pick<Impact, "withheld">): Diagnostic[] {
  const { length } = impact.withheld;
  if (length === 0) return [];
  const lines = describeWaiting(impact, environment);
  return [
    {
      severity: "warning",
      summary: `${environment}: ${count(length, "user does not get their account", "users do not get their accounts")}`,
      detail: paragraphs(indented(lines.slice(0, -1), mostLines), [`${capitalized(lines.at(-1) ?? "")}.`]),
    },
  ];
}

/** Indented, as Terraform wraps no line that begins with a space. */
function problemLines(problems: readonly string[], sources: Sources): string[] {
  return indented(
    problems.map((problem) => located(problem, sources)),
    mostLines,
  );
}
