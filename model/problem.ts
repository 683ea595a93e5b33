/** What is wrong with what people write, and where. */
import type { ProblemCode } from "./problem-codes.ts";
import type { Result } from "./result.ts";

/** A place in a text file. Lines and columns count from 1, columns in UTF-16 code units. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong with the input, at the place where a person has to change it. */
export interface Problem {
  readonly at: Position;
  /** Its kind, which never changes its meaning; sentences may. */
  readonly code: ProblemCode;
  readonly message: string;
  /** Of what is told, and keeps nobody from going on; absent for a mistake. */
  readonly severity?: "warning";
}

/** The most problems that are told of one file: a person reads no more, and a broken generator makes a million. */
export const maxProblems = 100;

/** A value, or every problem that kept it from being one. */
export type Checked<T> = Result<T, readonly Problem[]>;

/** `file:line:column`, as compilers print it and editors follow it; only the name of what has no lines (line 0). */
export function formatPosition(at: Position): string {
  return at.line === 0 ? at.file : `${at.file}:${at.line}:${at.column}`;
}

/** One line of text for one problem. */
export function formatProblem(problem: Omit<Problem, "code">): string {
  return `${formatPosition(problem.at)}: ${problem.message}`;
}

/** Problems in reading order, each once. */
export function inReadingOrder(problems: readonly Problem[]): Problem[] {
  const seen = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...seen.values()].sort(
    (a, b) =>
      compare(a.at.file, b.at.file) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column ||
      compare(a.message, b.message),
  );
}

/** The problems that a person is told: the first ones in reading order, and that there are more. */
export function toldOf(problems: readonly Problem[]): Problem[] {
  const told = inReadingOrder(problems);
  const last = told[maxProblems - 1];
  if (!last || told.length === maxProblems) return told;
  const message = `there are more (only the first ${maxProblems} problems are told)`;
  return [...told.slice(0, maxProblems), { at: last.at, code: "more-problems", message }];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
