/**
 * The environment files as a merge of a revision into what is checked out would make them: two changes that each are in order may not be
 * so together. Nothing of the checkout changes, neither its files nor what is stored of it.
 */
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { packageFile } from "../../model/package.ts";
import type { Result } from "../../model/result.ts";
import { count, listed } from "../../report/words.ts";
import {
  type Git,
  gitCommit,
  gitSettings,
  hgNode,
  type Lay,
  type Laying,
  laidOut,
  layTree,
  output,
  type RevisionFiles,
} from "./revision.ts";

/**
 * Lays the merged files into a folder of their own; its revision is both, with a plus between.
 *
 * @param folder that of the environments
 * @param revision what is merged into the revision that is checked out
 * @returns why not, for a person: also where the two do not merge by themselves
 */
export function filesOfMerge(folder: string, revision: string): Promise<Result<RevisionFiles, string>> {
  return laidOut(folder, revision, { git: mergedByGit, hg: mergedByMercurial });
}

// the bodies of policy tests lie in files too
export const isTaken = (name: string) => /\.(ya?ml|json)$/.test(name);

/** The two do not merge by themselves: somebody does it by hand, and then it is looked at. */
export class MergeConflict extends Error {}

function conflict(one: string, other: string, files: readonly string[]): MergeConflict {
  const there = ["HEAD", "."].includes(one) ? "what is checked out" : one;
  return new MergeConflict(
    `${other} does not merge by itself with ${there}: ${count(files.length, "file conflicts", "files conflict")}: ${listed(files)}`,
  );
}

const mergedByGit: Lay = (laying, revision) => layGitMerge(laying, "HEAD", revision);
const mergedByMercurial: Lay = (laying, revision) => layMercurialMerge(laying, ".", revision);

/**
 * Lays what a merge of two revisions makes, and answers both in full with a plus between.
 *
 * @throws {MergeConflict} where they do not merge by themselves
 * @see https://git-scm.com/docs/git-merge-tree
 */
export async function layGitMerge(
  { root, project, into }: Laying,
  one: string,
  other: string,
): Promise<string> {
  const plain: Git = (args, input) => output("git", [...gitSettings, ...args], root, { input });
  const objects = String(
    await plain(["rev-parse", "--path-format=absolute", "--git-path", "objects"]),
  ).trim();
  // what it makes is kept apart from what the checkout has; and the folder is known as one of git
  const own = join(into, ".git", "objects");
  await mkdir(own, { recursive: true });
  // while a push is judged, what it brings lies apart already
  const { GIT_ALTERNATE_OBJECT_DIRECTORIES: others } = process.env;
  const env = {
    GIT_OBJECT_DIRECTORY: own,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: [JSON.stringify(objects), ...(others ? [others] : [])].join(delimiter),
  };
  const git: Git = (args, input) => output("git", [...gitSettings, ...args], root, { input, env });
  const [ours, theirs] = [await gitCommit(git, one), await gitCommit(git, other)];
  const merge = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs];
  const merged = await git(merge).catch((error: Error & { readonly stdout?: Buffer; isSilent?: boolean }) => {
    // it fails without a word where files conflict, and names them
    if (!error.isSilent || !error.stdout?.length) throw error;
    return error.stdout;
  });
  const [tree = "", ...files] = String(merged).split("\0").filter(Boolean);
  if (files.length > 0) throw conflict(one, other, [...new Set(files)].sort());
  await layTree(git, tree, { project, into }, isTaken);
  return `${ours}+${theirs}`;
}

// where one comes from says a changeset that nobody has reviewed: none is called. In a Mercurial that the extension does not fit, it fails
const withoutSubrepositories = [
  `extensions.hgscim-files-alone=${packageFile("cli/review/mercurial/files_alone.py")}`,
  "subrepos.allowed=no",
].flatMap((setting) => ["--config", setting]);

/**
 * The same in Mercurial.
 *
 * @throws {MergeConflict} where they do not merge by themselves
 * @see hg help share, hg help merge
 */
export async function layMercurialMerge({ root, into }: Laying, one: string, other: string): Promise<string> {
  const hg = (args: readonly string[]) => output("hg", ["--noninteractive", ...args], root);
  const [ours, theirs] = [await hgNode(hg, one), await hgNode(hg, other)];
  await hg(["--config", "extensions.share=", "share", "--noupdate", "--", root, into]);
  // of a transaction that is open still, as in a hook, what is shared must be read as whoever has it open does
  const env = process.env.HG_PENDING === undefined ? {} : { HG_PENDING: into };
  const there = (args: readonly string[]) =>
    output("hg", ["--noninteractive", ...withoutSubrepositories, ...args], into, { env });
  const common = String(await there(["log", "--template", "{node}", `--rev=ancestor(${ours}, ${theirs})`]));
  // one that is in the other already makes that one
  const start = common === ours ? theirs : ours;
  await there(["update", "--clean", `--rev=${start}`]);
  if (common !== ours && common !== theirs)
    await there(["merge", "--tool=internal:merge", `--rev=${theirs}`]).catch(async (error: Error) => {
      const unresolved = String(
        await there(["resolve", "--list", "--template", "{ifeq(mergestatus, 'U', path)}\n"]),
      )
        .split("\n")
        .filter(Boolean);
      throw unresolved.length > 0 ? conflict(one, other, unresolved) : error;
    });
  return `${ours}+${theirs}`;
}
