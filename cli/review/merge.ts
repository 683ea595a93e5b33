/**
 * The environment files as a merge of a revision into what is checked out would make them: two changes that each are in order may not be
 * so together. Nothing of the checkout changes, neither its files nor what is stored of it.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Result } from "../../model/result.ts";
import { count, listed } from "../../report/words.ts";
import {
  type Git,
  gitCommit,
  gitSettings,
  hgNode,
  type Lay,
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
const isTaken = (name: string) => /\.(ya?ml|json)$/.test(name);

function conflict(revision: string, files: readonly string[]): Error {
  return new Error(
    `${revision} does not merge by itself with what is checked out: ${count(files.length, "file conflicts", "files conflict")}: ${listed(files)}`,
  );
}

/** @see https://git-scm.com/docs/git-merge-tree */
const mergedByGit: Lay = async ({ root, project, into }, revision) => {
  const plain: Git = (args, input) => output("git", [...gitSettings, ...args], root, { input });
  const objects = String(
    await plain(["rev-parse", "--path-format=absolute", "--git-path", "objects"]),
  ).trim();
  // what it makes is kept apart from what the checkout has; and the folder is known as one of git
  const own = join(into, ".git", "objects");
  await mkdir(own, { recursive: true });
  const env = {
    GIT_OBJECT_DIRECTORY: own,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(objects),
  };
  const git: Git = (args, input) => output("git", [...gitSettings, ...args], root, { input, env });
  const [ours, theirs] = [await gitCommit(git, "HEAD"), await gitCommit(git, revision)];
  const merge = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs];
  const merged = await git(merge).catch((error: Error & { readonly stdout?: Buffer; isSilent?: boolean }) => {
    // it fails without a word where files conflict, and names them
    if (!error.isSilent || !error.stdout?.length) throw error;
    return error.stdout;
  });
  const [tree = "", ...files] = String(merged).split("\0").filter(Boolean);
  if (files.length > 0) throw conflict(revision, [...new Set(files)].sort());
  await layTree(git, tree, { project, into }, isTaken);
  return `${ours}+${theirs}`;
};

/** @see hg help share, hg help merge */
const mergedByMercurial: Lay = async ({ root, into }, revision) => {
  const hg = (args: readonly string[], cwd = root) => output("hg", ["--noninteractive", ...args], cwd);
  const [ours, theirs] = [await hgNode(hg, "."), await hgNode(hg, revision)];
  await hg(["--config", "extensions.share=", "share", "--noupdate", "--", root, into]);
  const there = (args: readonly string[]) => hg(args, into);
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
      throw unresolved.length > 0 ? conflict(revision, unresolved) : error;
    });
  return `${ours}+${theirs}`;
};
