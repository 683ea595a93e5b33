/** Whether the environments are in order in what a merge or a push makes; and where not, whose fault it is: of one side, or of both together. */
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MergeConflict } from "../review/merge.ts";
import { problemsHere } from "./problems.ts";

export interface Wanted {
  /** The branch that is deployed; undefined for the repository's own. */
  readonly main: string | undefined;
  /** The arguments that the hook was given. */
  readonly given: readonly string[];
}

/** One state of the files. */
export interface MergedState {
  /** For a person. */
  readonly name: string;
  /** Lays the files that environments are made of into a folder. @throws {MergeConflict} where they do not merge by themselves */
  readonly lay: (into: string) => Promise<unknown>;
  /** What it is made of, where two come together. */
  readonly parts?: readonly [MergedState, MergedState];
}

export interface Event {
  /** What there would be. */
  readonly states: readonly MergedState[];
  /** What to do where something is wrong, in a sentence. */
  readonly advice: string;
}

export interface Told {
  readonly isInOrder: boolean;
  /** Lines for a person. */
  readonly said: readonly string[];
}

/**
 * Looks at each state of an event.
 *
 * @param ask whether agents are asked, too
 * @throws {Error} when somebody could not look
 */
export async function judged({ states, advice }: Event, ask: boolean): Promise<Told> {
  const said: string[] = [];
  let isInOrder = true;
  for (const state of states) {
    let problems: readonly string[];
    try {
      problems = await problemsOf(state, ask);
    } catch (error) {
      if (!(error instanceof MergeConflict)) throw error;
      // it must be merged by hand first, and that merge is looked at
      said.push(`${state.name}: not looked at, for ${error.message}`);
      continue;
    }
    if (problems.length === 0) continue;
    isInOrder = false;
    said.push(`${await verdict(state, ask)}:`, ...problems);
  }
  return { isInOrder, said: isInOrder ? said : [...said, advice] };
}

/** Whose fault it is. */
async function verdict({ name, parts }: MergedState, ask: boolean): Promise<string> {
  if (!parts) return `${name} is not in order`;
  for (const part of parts)
    if ((await problemsOf(part, ask)).length > 0) return `${name} is not in order, as ${part.name} is not`;
  const [one, other] = parts;
  return `${one.name} and ${other.name} are each in order, and together they are not`;
}

async function problemsOf({ lay }: MergedState, ask: boolean): Promise<readonly string[]> {
  const into = await realpath(await mkdtemp(join(tmpdir(), "hgscim-hook-")));
  const here = process.cwd();
  try {
    await lay(into);
    process.chdir(into);
    return await problemsHere(ask);
  } finally {
    process.chdir(here);
    await rm(into, { recursive: true, force: true });
  }
}
