/** What was found before a release is active, for whoever deploys it. */
import type { PreflightCheck } from "../api/preflight.ts";
import { asCode, prose } from "./review/markdown-text.ts";
import { count, paragraphs, printable } from "./words.ts";

/** A check with where its entry was written. */
export interface LocatedCheck extends PreflightCheck {
  /** file:line:column. */
  readonly at?: string;
}

const words: Readonly<Record<PreflightCheck["state"], string>> = {
  ok: "ok",
  warning: "warning",
  failed: "FAILED",
  unknown: "unknown",
};

const order: readonly PreflightCheck["state"][] = ["failed", "warning", "unknown", "ok"];

/** Those that fail first, and last what is well; else as they were looked at. */
export function worstFirst<Check extends PreflightCheck>(checks: readonly Check[]): Check[] {
  return order.flatMap((state) => checks.filter((check) => check.state === state));
}

/** How many there are of each, in one line. */
export function countedChecks(checks: readonly PreflightCheck[]): string {
  const of = (state: PreflightCheck["state"]) => checks.filter((check) => check.state === state).length;
  return [
    `${of("ok")} as they must be`,
    `${of("failed")} failed`,
    count(of("warning"), "warning", "warnings"),
    `${of("unknown")} not checked`,
  ].join(", ");
}

/** The cells of a check in a table for a terminal, and what stands below it. */
export function checkLines({ state, name, what, found, expected, mend, owner, at }: LocatedCheck): {
  readonly cells: readonly string[];
  readonly below: readonly string[];
} {
  const line = (label: string, text: string | undefined) =>
    text === undefined ? [] : [`${" ".repeat(9)}${label}: ${printable(text)}`];
  return {
    cells: [words[state], name, what, found],
    below:
      state === "ok"
        ? []
        : [
            ...line("expected", expected),
            ...line("to mend", mend),
            ...line("owner", owner),
            ...line("at", at),
          ],
  };
}

/** Why a release is not deployed: a line for each check that failed. */
export function describeFailures(checks: readonly LocatedCheck[]): string[] {
  return checks.flatMap(({ state, name, what, found, expected, mend, owner, at }) =>
    state === "failed"
      ? [
          `${at === undefined ? "" : `${at}: `}${name}: ${what}: ${found}${expected === undefined ? "" : ` (expected ${expected})`}; to mend: ${mend ?? ""}${owner === undefined ? "" : ` (${owner})`}`,
        ]
      : [],
  );
}

const head = ["State", "What", "Found", "Expected", "To mend", "Owner", "At"];

/** For a review: a table of what is not as it must be, in the Markdown of GitHub and GitLab, and how many checks there were. */
export function preflightMarkdown(environment: string, checks: readonly LocatedCheck[]): string {
  const shown = worstFirst(checks).filter(({ state }) => state !== "ok");
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const text = (one: string | undefined) => (one === undefined ? "" : prose(one));
  const table = shown.map(({ state, name, what, found, expected, mend, owner, at }) =>
    row([
      state === "failed" ? "**failed**" : state,
      `${asCode(name)} ${prose(what)}`,
      ...[found, expected, mend, owner].map(text),
      at === undefined ? "" : asCode(at),
    ]),
  );
  return `${paragraphs(
    [`### Preflight of ${asCode(environment)}`],
    [`${countedChecks(checks)}.`],
    table.length === 0 ? [] : [row(head), row(head.map(() => "---")), ...table],
  )}\n`;
}
