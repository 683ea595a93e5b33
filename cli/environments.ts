/** From what a person types to environment files: a name stands for a file of the environments' folder. */
import { join } from "node:path";
import { environmentFiles, type LoadedEnvironment, loadEnvironment } from "../model/load.ts";
import { type Checked, formatProblem, inReadingOrder, type Problem } from "../model/problem.ts";
import { UsageError } from "./usage.ts";

/** The folder with an environment in each file; HGSCIM_ENVIRONMENTS names another one, as for `cdktf`. */
export const environmentsFolder = () => process.env.HGSCIM_ENVIRONMENTS || "environments";

/** Loads environments by name or file, all of the folder when none is given. */
export async function loadEnvironments(
  namesOrFiles: readonly string[],
): Promise<readonly Checked<LoadedEnvironment>[]> {
  if (namesOrFiles.length > 0) return Promise.all(namesOrFiles.map(fileOf).map(loadEnvironment));
  const files = await environmentFiles(environmentsFolder());
  return files.ok ? Promise.all(files.value.map(loadEnvironment)) : [files];
}

/** Every problem of every environment once, in reading order. */
export function problemsOf(loaded: readonly Checked<LoadedEnvironment>[]): Problem[] {
  return inReadingOrder(loaded.flatMap((environment) => (environment.ok ? [] : environment.problems)));
}

/** Prints problems as compilers do, one a line. */
export function printProblems(problems: readonly Problem[]): void {
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
}

function fileOf(nameOrFile: string): string {
  return /[/\\]|\.ya?ml$/.test(nameOrFile) ? nameOrFile : join(environmentsFolder(), `${nameOrFile}.yaml`);
}

/**
 * Loads the environment that a command is about.
 *
 * @param positionals what the command was given: exactly one name or file
 * @returns undefined when it is not valid and the person was told why
 */
export async function loadOneEnvironment(
  positionals: readonly string[],
): Promise<LoadedEnvironment | undefined> {
  const [nameOrFile, ...others] = positionals;
  if (nameOrFile === undefined || others.length > 0)
    throw new UsageError("which environment? (expected one name or file)");
  const loaded = await loadEnvironments([nameOrFile]);
  printProblems(problemsOf(loaded));
  const [environment] = loaded.flatMap((one) => (one.ok ? [one.value] : []));
  return environment;
}
