/** From what a person types to environment files: a name stands for a file of the environments' folder. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Argument } from "@commander-js/extra-typings";
import { environmentFiles, type LoadedEnvironment } from "../model/load.ts";
import { loadTogether } from "../model/load-together.ts";
import { type Checked, inReadingOrder, type Problem } from "../model/problem.ts";
import { fail } from "../model/result.ts";

/** The argument of a command that is about one environment. */
export const environmentArgument = new Argument("<environment>", "one name or file");

/** The folder with an environment in each file; HGSCIM_ENVIRONMENTS names another one, as for `cdktf`. */
export const environmentsFolder = () => process.env.HGSCIM_ENVIRONMENTS || "environments";

/** Loads environments by name or file, all of the folder when none is given. */
export async function loadEnvironments(
  namesOrFiles: readonly string[],
): Promise<readonly Checked<LoadedEnvironment>[]> {
  if (namesOrFiles.length > 0) return loadTogether(namesOrFiles.map(fileOf));
  const files = await environmentFiles(environmentsFolder());
  return files.ok ? loadTogether(files.value) : [fail(withItsReason(files.error))];
}

/** Every problem of every environment once, in reading order. */
export function problemsOf(loaded: readonly Checked<LoadedEnvironment>[]): Problem[] {
  return inReadingOrder(loaded.flatMap((environment) => (environment.ok ? [] : environment.error)));
}

/** Prints problems as compilers do, each with its line. */
export async function printProblems(problems: readonly Problem[]): Promise<void> {
  if (problems.length === 0) return;
  const { problemText } = await import("./problems/text.ts");
  process.stderr.write(await problemText(problems));
}

/** A name, and a file without its folder that is not here, are of the environments' folder. */
function fileOf(nameOrFile: string): string {
  if (/[/\\]/.test(nameOrFile)) return nameOrFile;
  const isFile = /\.ya?ml$/.test(nameOrFile);
  if (isFile && existsSync(nameOrFile)) return nameOrFile;
  return join(environmentsFolder(), isFile ? nameOrFile : `${nameOrFile}.yaml`);
}

/** What is wrong with the folder, with the reason why it is that one. */
function withItsReason(problems: readonly Problem[]): Problem[] {
  const reason = process.env.HGSCIM_ENVIRONMENTS ? "; HGSCIM_ENVIRONMENTS names this folder" : "";
  return problems.map((problem) => ({ ...problem, message: `${problem.message}${reason}` }));
}

/**
 * Loads the environment that a command is about.
 *
 * @returns undefined when it is not valid and the person was told why
 */
export async function loadOneEnvironment(nameOrFile: string): Promise<LoadedEnvironment | undefined> {
  const loaded = await loadEnvironments([nameOrFile]);
  await printProblems(problemsOf(loaded));
  const [environment] = loaded.flatMap((one) => (one.ok ? [one.value] : []));
  return environment;
}
