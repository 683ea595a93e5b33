/** What the provider says to the person at the terminal: what happened, what to do, and which line of the YAML it is about. */

import type { AdminError } from "../api/client.ts";
import type { Impact } from "../api/contract.ts";
import type { Accept } from "../model/environment/bounds.ts";
import { acceptText, boundsProblems } from "../report/bounds.ts";
import { describeImpact, describeIneffective } from "../report/impact.ts";
import { describeEntryChange, entryChanges } from "./entry-change.ts";
import type { Diagnostic } from "./plugin/index.ts";
import type { ReleaseTexts } from "./release-text.ts";
import { located, positionOf, type Sources, withPosition } from "./sources.ts";

// how many lines of one kind are shown before the rest is only counted
const mostLines = 40;

const advice: Record<AdminError["kind"], string> = {
  unreachable: "Expected a running agent at delivery.agent.url",
  untrusted:
    "Nothing was sent. Expected delivery.agent.ca to hold the authority of the agent's certificate, and delivery.agent.url to name a host that it is for",
  unauthorized: "Expected delivery.agent.token to point at a token that the agent knows",
  forbidden: "Expected delivery.agent.token to point at a token with a role that may do this",
  nonsense: "Expected delivery.agent.url to be the admin address of an agent of this version",
  failed: "The agent's log says why",
  refused: "Nothing has changed",
  moved: "Nothing has changed. Plan again, and look at what the plan says now",
};

/** Which part of an agent's address a failure is about; none where the agent judged what it was sent. */
export const addressPart: Partial<Record<AdminError["kind"], "url" | "token" | "ca">> = {
  unreachable: "url",
  untrusted: "ca",
  unauthorized: "token",
  forbidden: "token",
  nonsense: "url",
  failed: "url",
};

/** The agent did not do what it was asked. */
export function agentDiagnostic(summary: string, error: AdminError, sources: Sources): Diagnostic {
  const part = addressPart[error.kind];
  const next = withPosition(
    advice[error.kind],
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
      [`  expected  ${expected ?? "none"}`, `  active    ${active ?? "none"}`],
      [
        expected === null
          ? "Nothing has changed. The agent runs a release that this state does not know: import it by its environment's name, or plan where its state is."
          : "Nothing has changed. Somebody deployed meanwhile: plan again, and see what the plan says now.",
      ],
    ),
  };
}

/** The state that terraform has is of another environment than what it plans. */
export function foreignStateDiagnostic(found: string, environment: string): Diagnostic {
  return {
    severity: "error",
    summary: `This state is of the environment ${found}, and not of ${environment}`,
    detail: `Nothing has changed. Put the state of ${environment} in its place; where there is none, take this one away: the release of ${environment} is then planned anew, or imported by that name.`,
  };
}

/** The agent would refuse to activate the release. */
export function failuresDiagnostic(failures: readonly string[], sources: Sources): Diagnostic {
  return {
    severity: "error",
    summary: "The agent would refuse this release",
    detail: paragraphs(problemLines(failures, sources), ["Nothing has changed."]),
  };
}

/** The release goes beyond the bounds, and that was not accepted; or what was accepted is about another release. */
export function boundsDiagnostic(
  environment: string,
  impact: Impact,
  accept: Accept | undefined,
  sources: Sources,
): Diagnostic {
  const { excesses } = impact;
  const [first] = excesses;
  const problems = problemLines(boundsProblems(impact, accept), sources);
  return {
    severity: "error",
    summary: `${environment}: ${first ? "more people would lose access than its bounds allow" : "accept is about another release"}`,
    detail: paragraphs(
      problems,
      first
        ? [
            "When that is meant, have it reviewed and write into the environment file:",
            `  accept: ${acceptText(impact)}`,
          ]
        : ["It stays within the bounds: take accept out of the file."],
      ["Nothing has changed."],
    ),
    path: first?.of === "proposed" ? ["settings", "bounds"] : first ? ["settings"] : ["accept"],
  };
}

/** What was accepted is not needed: for this change, or since nothing changes. */
export function unneededDiagnostic(
  environment: string,
  sources: Sources,
  because: "within bounds" | "no change",
): Diagnostic {
  const sentence =
    because === "no change"
      ? "It counted once, and nothing changes now: take accept out of the file, where it would stop the next change"
      : "This change stays within the bounds: take accept out of the file";
  return {
    severity: "warning",
    summary: `${environment}: accept is not needed`,
    detail: `${withPosition(sentence, sources.accept)}.`,
    path: ["accept"],
  };
}

/** What a change does to people, and which entries it comes from. Null stands for no release at all. */
export function impactDiagnostic(
  impact: Impact,
  before: ReleaseTexts | null,
  after: ReleaseTexts | null,
  sources: Sources,
): Diagnostic {
  const { summary, lines } = describeImpact(impact);
  const environment = (after ?? before)?.environment;
  const changes = before && after ? entryChanges(before, after) : [];
  const [only] = changes.length === 1 ? changes : [];
  return {
    severity: "warning",
    summary: `${environment}: ${summary}`,
    detail: paragraphs(capped(lines), capped(changes.map((change) => describeEntryChange(change, sources))), [
      after
        ? `Before it, ${impact.accounts} ${impact.accounts === 1 ? "account has" : "accounts have"} access.`
        : "After it, nobody has access.",
    ]),
    ...(only && { path: only.sign === "-" ? [only.section] : [only.section, only.name] }),
  };
}

/** Parts of the release that have no effect on the host as it is; nothing where all of it has. */
export function ineffectiveDiagnostics(environment: string, impact: Impact, sources: Sources): Diagnostic[] {
  const lines = describeIneffective(impact);
  if (lines.length === 0) return [];
  const summary = `${environment}: ${lines.length === 1 ? "a part of this release has" : `${lines.length} parts of this release have`} no effect here`;
  return [
    { severity: "warning", summary, detail: paragraphs(problemLines(lines, sources)), path: ["permissions"] },
  ];
}

function problemLines(problems: readonly string[], sources: Sources): string[] {
  return capped(problems.map((problem) => located(problem, sources)));
}

/** Indented, as Terraform wraps no line that begins with a space. */
function capped(lines: readonly string[]): string[] {
  const shown = lines.slice(0, mostLines).map((line) => `  ${line}`);
  return lines.length > mostLines ? [...shown, `  and ${lines.length - mostLines} more`] : shown;
}

/** Parts of a detail with an empty line between; those without lines are left out. */
export function paragraphs(...parts: readonly (readonly string[])[]): string {
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}
