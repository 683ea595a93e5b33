/** The two environments of a command that compares them. */
import { Argument } from "@commander-js/extra-typings";
import type { LoadedEnvironment } from "../model/load.ts";
import { loadEnvironments, printProblems, problemsOf } from "./environments.ts";

export const oneArgument = new Argument("<environment>", "two names or files");
export const otherArgument = new Argument("<other>", "the one that the first is compared with");

/** An environment, and how it is called beside the other one. */
interface Side extends LoadedEnvironment {
  readonly called: string;
}
export type Sides = readonly [Side, Side];

/**
 * Loads both, by name or file.
 *
 * @returns undefined when one is not valid and the person was told why
 */
export async function loadSides(one: string, other: string): Promise<Sides | undefined> {
  const loaded = await loadEnvironments([one, other]);
  await printProblems(problemsOf(loaded));
  const [a, b] = loaded.flatMap((environment) => (environment.ok ? [environment.value] : []));
  if (!a || !b) return undefined;
  const called = ({ name, file }: LoadedEnvironment) => (a.name === b.name ? file : name);
  return [
    { ...a, called: called(a) },
    { ...b, called: called(b) },
  ];
}
