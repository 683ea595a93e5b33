/** Where a variable's value comes from, for people and programs. */
import type { LoadedEnvironment } from "../../model/load.ts";
import { formatPosition } from "../../model/problem.ts";

export interface WrittenAt {
  /** `environments/shared/policy.yaml:14:40`: the value, or the first reference of the secret. */
  readonly at: string;
  /** Whether the environment's own file says so, or one that it extends; of a past release nobody knows. */
  readonly file?: "own" | "shared";
  /** By which key; `none` where nothing says a value. */
  readonly key?: "value" | "default" | "secret" | "none";
}

/** The sources of an environment's variables, by name. */
export function sourcesOfVariables({ file, valueSources }: LoadedEnvironment): Map<string, WrittenAt> {
  return new Map(
    [...valueSources].map(([name, { at, key }]) => [
      name,
      { at: formatPosition(at), file: at.file === file ? "own" : "shared", key },
    ]),
  );
}
