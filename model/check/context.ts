/** What every check works with: where to report, and which variables and secrets something has used. */
import type { Path } from "../document.ts";
import type { Variable } from "../environment/variable.ts";
import type { Environment } from "../environment.ts";
import { hint, nearest } from "../nearest.ts";
import { maxProblems, type Position, type Problem } from "../problem.ts";
import type { ProblemCode } from "../problem-codes.ts";

/** Where the value at a path was written; with an offset, where that character of a string was. */
export type Locate = (path: Path, offset?: number) => Position;

/** Reports a problem at a path. A message may be made only when it is told: looking for what was meant costs time. */
export type Report = (
  path: Path,
  code: ProblemCode,
  message: string | (() => string),
  offset?: number,
) => void;

export interface Context {
  readonly environment: Environment;
  readonly locate: Locate;
  readonly report: Report;
  readonly used: { readonly variables: Set<string>; readonly secrets: Set<string> };
  /** The entries that use each variable, such as `connectors.okta`. */
  readonly usedBy: Map<string, Set<string>>;
  /** Counts a variable as used by the entry at a path. */
  use(path: Path, name: string): void;
  /**
   * The variable that a part names, of a type or of one of several; undefined when there is none, which is reported. A variable without a value is
   * reported too, unless the part is one that may be missing: it is as if it were.
   */
  useVariable<T extends Variable["type"]>(
    path: Path,
    name: string,
    type: T | readonly T[],
    part?: "optional",
  ): Given<Extract<Variable, { type: T }>> | undefined;
  /** What was probably meant counts as used: one mistake is told once. */
  useNearest(used: Set<string>, name: string, known: readonly string[]): void;
}

/** A variable that has its value. */
type Given<V> = V extends { value?: infer T } ? V & { readonly value: T } : V;

/** A context whose problems go to `problems`. */
export function contextOf(environment: Environment, locate: Locate, problems: Problem[]): Context {
  const used = { variables: new Set<string>(), secrets: new Set<string>() };
  const usedBy = new Map<string, Set<string>>();
  const use: Context["use"] = (path, name) => {
    used.variables.add(name);
    const [section, entry] = path;
    const user = typeof entry === "string" ? `${String(section)}.${entry}` : String(section);
    usedBy.set(name, (usedBy.get(name) ?? new Set()).add(user));
  };
  const byType = new Map<string, string[]>();
  for (const [name, { type }] of Object.entries(environment.variables)) {
    const names = byType.get(type) ?? [];
    names.push(name);
    byType.set(type, names);
  }
  const report: Report = (path, code, message, offset) => {
    if (problems.length <= maxProblems)
      problems.push({
        at: locate(path, offset),
        code,
        message: typeof message === "string" ? message : message(),
      });
  };
  const useNearest: Context["useNearest"] = (names, name, known) => {
    const near = problems.length < maxProblems ? nearest(name, known) : undefined;
    if (near !== undefined) names.add(near);
  };
  return {
    environment,
    locate,
    report,
    used,
    usedBy,
    use,
    useNearest,
    useVariable<T extends Variable["type"]>(
      path: Path,
      name: string,
      type: T | readonly T[],
      part?: "optional",
    ) {
      use(path, name);
      const variable = own(environment.variables, name);
      const types: readonly string[] = [type].flat();
      const ofType = types.flatMap((one) => byType.get(one) ?? []);
      const wanted = `type ${types.join(" or ")}`;
      if (!variable) {
        useNearest(used.variables, name, ofType);
        // in place of a secret's name the secret itself may stand
        report(
          path,
          "unknown-name",
          () =>
            `no ${type === "secret" ? "such variable" : `variable "${name}"`} ${hint(`a declared variable of ${wanted}`, name, ofType)}`,
        );
      } else if (!types.includes(variable.type))
        report(
          path,
          "variable-type",
          () =>
            `variable "${name}" is of type ${variable.type} ${hint(`a variable of ${wanted}`, name, ofType)}`,
        );
      else if (variable.type === "secret" || variable.value !== undefined)
        return variable as Given<Extract<Variable, { type: T }>>;
      else if (part !== "optional")
        report(
          path,
          "variable-value",
          `variable "${name}" has no value here (expected one: this cannot be left out)`,
        );
      return undefined;
    },
  };
}

/** The entry under a name: one such as "constructor" must not find what every object inherits. */
export function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
