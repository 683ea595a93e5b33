/** A Git or Mercurial checkout: what it tracks, what is about to be committed, what changesets add. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { changesetPrefix, readPatch, wholeFile } from "./patch.ts";
import { CheckoutError, outputOf } from "./program.ts";
import type { Skipped, Source } from "./source.ts";

export interface Checkout {
  readonly system: "git" | "hg";
  /** Absolute. */
  readonly root: string;
}

/** The checkout that a folder lies in: the nearest `.git` or `.hg` upwards (`.git` is a file in a worktree). */
export function findCheckout(folder: string): Checkout | undefined {
  const root = resolve(folder);
  if (existsSync(join(root, ".git"))) return { system: "git", root };
  if (existsSync(join(root, ".hg"))) return { system: "hg", root };
  return dirname(root) === root ? undefined : findCheckout(dirname(root));
}

/** The tracked files in a folder of the checkout, absolute. */
export async function trackedFiles({ system }: Checkout, folder: string): Promise<string[]> {
  const args = system === "git" ? ["ls-files", "-z"] : ["files", "--print0", "."];
  const files = new Set<string>(); // git names a file with conflicts several times
  try {
    for await (const name of outputOf(system, args, folder, "\0")) files.add(resolve(folder, name));
  } catch (error) {
    // hg files ends with 1, and says nothing, when there are none
    if (!(error instanceof CheckoutError) || !error.message.endsWith("exit code 1")) throw error;
  }
  return [...files];
}

// whatever a user or a repository has configured, the patch is the one that readPatch knows, and of text as it is stored
const gitConfig = ["core.quotePath=false", "diff.suppressBlankEmpty=false", "log.showRoot=true"];
const gitPatch = [
  ...["--text", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames", "--no-relative"],
  ...["--submodule=short", "--src-prefix=a/", "--dst-prefix=b/", `--unified=${wholeFile}`],
];
const hgPatch = ["--git", "--text", "--config", `diff.unified=${wholeFile}`];

/** What a commit would add now: Git's index; in Mercurial, which has none, the working directory's changes. */
export function pendingChange({ system, root }: Checkout): AsyncGenerator<Source | Skipped> {
  return inRoot(
    root,
    system === "git"
      ? outputOf("git", [...config(gitConfig), "diff", "--cached", ...gitPatch], root)
      : outputOf("hg", ["diff", ...hgPatch], root),
  );
}

/**
 * What each changeset adds, newest first in Git and in the revset's order in Mercurial.
 * @param revisions `A..B` and what else `git log` takes, or a revset (hg help revsets). Of a merge, Git gives the lines that
 * are in no parent, and Mercurial those that are not in the first.
 */
export function changesIn({ system, root }: Checkout, revisions: string): AsyncGenerator<Source | Skipped> {
  return inRoot(root, system === "git" ? gitChanges(root, revisions) : hgChanges(root, revisions));
}

function gitChanges(root: string, revisions: string): AsyncGenerator<string> {
  const format = [`--format=${changesetPrefix}%H`, "--no-show-signature", "--patch", "-c"];
  const revs = revisions.trim().split(/\s+/);
  return outputOf(
    "git",
    [...config(gitConfig), "log", ...gitPatch, ...format, "--end-of-options", ...revs, "--"],
    root,
  );
}

async function* hgChanges(root: string, revisions: string): AsyncGenerator<string> {
  const template = `${changesetPrefix}{node}\\n{diff}`;
  try {
    yield* outputOf("hg", ["export", ...hgPatch, "--template", template, `--rev=${revisions}`], root);
  } catch (error) {
    // a revset may be empty: then there is nothing to scan
    if (!(error instanceof CheckoutError) || !error.message.includes("requires at least one changeset"))
      throw error;
  }
}

function config(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ["-c", setting]);
}

async function* inRoot(root: string, lines: AsyncIterable<string>): AsyncGenerator<Source | Skipped> {
  for await (const item of readPatch(lines)) yield { ...item, file: join(root, item.file) };
}
