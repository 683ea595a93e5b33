/** What Git's hooks are about. @see https://git-scm.com/docs/githooks */
import { text } from "node:stream/consumers";
import { isTaken, layGitMerge, MergeConflict } from "../review/merge.ts";
import { type Git, gitSettings, layTree, output } from "../review/revision.ts";
import type { Event, MergedState, Wanted } from "./judge.ts";
import { placeHere } from "./place.ts";

/** Of a merge whose commit is not made yet: what is in the index. */
export async function beforeGitMerge(): Promise<Event> {
  const tree = String(await git(["write-tree"])).trim();
  const others = Object.entries(process.env).filter(([name]) => name.startsWith("GITHEAD_"));
  const [other] = others.map(([name, branch = ""]) => stateOf(name.slice("GITHEAD_".length), branch));
  const here = await quietly(["symbolic-ref", "--short", "HEAD"]);
  const state: MergedState = {
    ...stateOf(tree, "this merge"),
    // of more than two nobody can say which go together
    ...(other && others.length === 1 && { parts: [stateOf("HEAD", here ?? "HEAD"), other] as const }),
  };
  return {
    states: [state],
    advice: "Correct these lines and git commit, or git merge --abort.",
  };
}

/** Of a push from here: each branch together with the main one, as it is known here. */
export async function beforeGitPush({ main, given: [remote = ""] }: Wanted): Promise<Event> {
  const names = main === undefined ? await mainOf(remote) : [main];
  const pushed = (await linesOfInput()).map(([, commit = "", , ref = ""]) => ({ commit, ref }));
  return eventOf(order(pushed), names, (name) => `refs/remotes/${remote}/${name}`);
}

/** Of a push that comes in: the same, with the main branch as it is after it. */
export async function beforeReceive({ main }: Wanted): Promise<Event> {
  const head = await quietly(["symbolic-ref", "--short", "HEAD"]);
  const pushed = (await linesOfInput()).map(([, commit = "", ref = ""]) => ({ commit, ref }));
  // HEAD of a repository that was made for pushes names a branch whether anybody has pushed it or not
  const names = main === undefined ? [...(head === undefined ? [] : [head]), ...usual] : [main];
  return eventOf(order(pushed), names, branchRef);
}

/** As main branches are called where nobody says it. */
const usual = ["main", "master"];

const branchRef = (name: string) => `refs/heads/${name}`;

interface Pushed {
  readonly commit: string;
  readonly ref: string;
}

/** Branches that are there after the push. */
const order = (pushed: readonly Pushed[]) =>
  pushed.filter(({ commit, ref }) => ref.startsWith("refs/heads/") && !/^0+$/.test(commit));

/**
 * @param names of branches that may be the main one, the likeliest first: it is the first one that is there or comes
 * @param refOf the ref by which such a branch is known here
 */
async function eventOf(
  pushed: readonly Pushed[],
  names: readonly string[],
  refOf: (name: string) => string,
): Promise<Event> {
  const pushedAs = (name: string) => pushed.find(({ ref }) => ref === branchRef(name));
  const tips = await Promise.all(names.map((name) => pushedAs(name)?.commit ?? commitOf(refOf(name))));
  const known = Math.max(
    tips.findIndex((tip) => tip !== undefined),
    0,
  );
  const [main = "", tip] = [names[known], tips[known]];
  const own = pushedAs(main);
  const states: MergedState[] = own ? [stateOf(own.commit, main)] : [];
  for (const { commit, ref: branch } of pushed.filter((one) => one !== own)) {
    const alone = stateOf(commit, branch.slice("refs/heads/".length));
    states.push(tip === undefined ? alone : await together(alone, commit, stateOf(tip, main), tip));
  }
  return {
    states,
    advice: `Correct these lines, of a branch after ${main} is merged into it, and push again.`,
  };
}

/** What a merge of both would make; where one is in the other already, the one that has both. */
async function together(
  one: MergedState,
  commit: string,
  main: MergedState,
  tip: string,
): Promise<MergedState> {
  const common = await quietly(["merge-base", commit, tip]);
  if (common === tip) return one;
  if (common === commit) return main;
  return {
    name: `${one.name} with ${main.name}`,
    async lay(into) {
      if (common === undefined) throw new MergeConflict("they have no commit in common");
      return layGitMerge({ ...placeHere(), into }, tip, commit);
    },
    parts: [main, one],
  };
}

function stateOf(commit: string, branch: string): MergedState {
  return {
    name: branch,
    lay: (into) => layTree(git, commit, { ...placeHere(), into }, isTaken),
  };
}

const git: Git = (args, input) => output("git", [...gitSettings, ...args], process.cwd(), { input });

/** The branches that may be the main one of a remote, the likeliest first. */
async function mainOf(remote: string): Promise<readonly string[]> {
  const head = await quietly(["symbolic-ref", "--short", `refs/remotes/${remote}/HEAD`]);
  return head === undefined ? usual : [head.slice(remote.length + 1)];
}

const commitOf = (ref: string) => quietly(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);

/** What git answers, or nothing where there is no such thing: it says so without a word. */
async function quietly(args: readonly string[]): Promise<string | undefined> {
  try {
    return String(await git(["-c", "core.quotePath=false", ...args])).trim();
  } catch (error) {
    const { isSilent, message } = error as Error & { readonly isSilent?: boolean };
    // a remote that is called by its address has no name by which a ref could be known
    if (isSilent || /is not a symbolic ref|No such ref/.test(message)) return undefined;
    throw error;
  }
}

/** A line for each ref, its words apart. */
async function linesOfInput(): Promise<string[][]> {
  const lines = (await text(process.stdin)).split("\n").filter((line) => line !== "");
  return lines.map((line) => line.split(" "));
}
