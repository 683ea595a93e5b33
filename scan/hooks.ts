/** Makes a checkout scan every commit, by its own hooks. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Checkout } from "./checkout.ts";
import { CheckoutError, outputOf } from "./program.ts";

export interface Installed {
  readonly file: string;
  readonly outcome: "written" | "unchanged" | "another hook is there";
  /** The line that scans. */
  readonly line: string;
}

/** How a hook calls `hgscim`, each as a POSIX shell reads it. */
export interface Called {
  readonly command: string;
  /** The file that must be there for it. */
  readonly program: string;
}

/**
 * Writes the hook, and changes nothing when it is there already. A pre-commit hook of somebody else is left as it is.
 * @throws CheckoutError when the file cannot be read or written
 */
export async function installHook(checkout: Checkout, called: Called): Promise<Installed> {
  try {
    return checkout.system === "git"
      ? await installInGit(checkout.root, called)
      : await installInMercurial(checkout.root, called);
  } catch (error) {
    if (error instanceof CheckoutError) throw error;
    const { code, path } = error as NodeJS.ErrnoException;
    throw new CheckoutError(`${path}: ${code}`);
  }
}

/** A commit that nothing scans does not pass, and the sentence that says so is ours and not Node.js's stack trace. */
const orSay = (program: string): string =>
  `[ -e ${program} ] || { echo ${program}': no such file (expected npm install, or hgscim scan --install again)' >&2; exit 1; }`;

const gitHookHead = `#!/bin/sh
# hgscim scan --install wrote this: a commit that would leak a credential stops here (docs/scan.md)
`;

/** `pre-commit` (git help hooks), in the folder that core.hooksPath names. */
async function installInGit(root: string, { command, program }: Called): Promise<Installed> {
  let hooks = "";
  for await (const line of outputOf("git", ["rev-parse", "--git-path", "hooks"], root)) hooks ||= line;
  const file = join(resolve(root, hooks), "pre-commit");
  const line = `exec ${command} scan --staged`;
  const wanted = `${gitHookHead}${orSay(program)}\n${line}\n`;
  const present = await textOf(file);
  if (present?.includes("scan --staged") && !isOurs(present)) return { file, outcome: "unchanged", line };
  if (present !== undefined && !isOurs(present)) return { file, outcome: "another hook is there", line };
  if (present === wanted) return { file, outcome: "unchanged", line };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, wanted);
  await chmod(file, 0o755);
  return { file, outcome: "written", line };
}

/** Only what was installed, with no line of anybody's in it; it may call another hgscim. */
function isOurs(text: string): boolean {
  return (
    text.startsWith(gitHookHead) &&
    /^(\[ -e .*\n)?exec .* scan --staged\n$/.test(text.slice(gitHookHead.length))
  );
}

/**
 * `pretxncommit` (hg help config.hooks): it sees the changeset before the transaction ends, however the commit was made.
 * Sections with the same name are one, so it is appended with its own header.
 */
async function installInMercurial(root: string, { command, program }: Called): Promise<Installed> {
  const file = join(root, ".hg", "hgrc");
  const line = `pretxncommit.hgscim-scan = ${orSay(program)}; ${command} scan --range $HG_NODE`;
  const present = (await textOf(file)) ?? "";
  const replaced = present.replace(/^pretxncommit\.hgscim-scan[ \t]*=.*$/gm, () => line);
  const wanted = replaced.split("\n").includes(line)
    ? replaced
    : `${present}${present === "" || present.endsWith("\n") ? "" : "\n"}[hooks]\n${line}\n`;
  if (wanted === present) return { file, outcome: "unchanged", line };
  await writeFile(file, wanted);
  return { file, outcome: "written", line };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
