/** Puts programs into a checkout's own hooks. A hook of somebody else is left as it is. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Checkout } from "./checkout.ts";
import { CheckoutError, outputOf } from "./program.ts";

export interface Installed {
  readonly file: string;
  readonly outcome: "written" | "unchanged" | "another hook is there";
  /** The line that calls. */
  readonly line: string;
}

/** How a hook calls `hgscim`, each as a POSIX shell reads it. */
export interface Called {
  readonly command: string;
  /** The file that must be there for it. */
  readonly program: string;
}

/** One hook, of either system: a file in the folder of hooks (git help hooks), or a key of `[hooks]` (hg help config.hooks). */
export interface Hook {
  readonly name: string;
  /** The words behind the program. */
  readonly words: string;
  /** Which command writes it, and what it is for, in a comment; Mercurial's has its name alone. */
  readonly about: string;
  /** What to type to have it written again. */
  readonly again: string;
  /** Where it has something to do, as a condition of the shell; everywhere where nothing is said. */
  readonly where?: string;
}

/** The scan of a commit. Mercurial's sees the changeset before the transaction ends, however the commit was made. */
export const scanHooks: Readonly<Record<Checkout["system"], readonly Hook[]>> = (() => {
  const again = "hgscim scan --install";
  const about = `${again} wrote this: a commit that would leak a credential stops here (docs/scan.md)`;
  return {
    git: [{ name: "pre-commit", words: "scan --staged", about, again }],
    hg: [{ name: "pretxncommit.hgscim-scan", words: "scan --range $HG_NODE", about, again }],
  };
})();

/**
 * Writes hooks, and changes nothing of those that are there already.
 *
 * @throws CheckoutError when a file cannot be read or written
 */
export async function installHooks(
  { system, root }: Checkout,
  hooks: readonly Hook[],
  called: Called,
): Promise<Installed[]> {
  const install = system === "git" ? installInGit : installInMercurial;
  try {
    const installed: Installed[] = [];
    // Mercurial's lie in one file
    for (const hook of hooks) installed.push(await install(root, hook, called));
    return installed;
  } catch (error) {
    if (error instanceof CheckoutError) throw error;
    const { code, path } = error as NodeJS.ErrnoException;
    throw new CheckoutError(`${path}: ${code}`);
  }
}

/** What nothing looks at does not pass, and the sentence that says so is ours and not Node.js's stack trace. */
const orSay = (program: string, again: string): string =>
  `[ -e ${program} ] || { echo ${program}': no such file (expected npm install, or ${again} again)' >&2; exit 1; }`;

/** In the folder that core.hooksPath names. */
async function installInGit(root: string, hook: Hook, { command, program }: Called): Promise<Installed> {
  let hooks = "";
  for await (const line of outputOf("git", ["rev-parse", "--git-path", "hooks"], root)) hooks ||= line;
  const file = join(resolve(root, hooks), hook.name);
  const line = `exec ${command} ${hook.words}`;
  const head = `#!/bin/sh\n# ${hook.about}\n`;
  const wanted = `${head}${orSay(program, hook.again)}\n${line}\n`;
  const present = await textOf(file);
  // only what was installed, with no line of anybody's in it; it may call another hgscim
  const isOurs = present?.startsWith(head) && /^(\[ -e .*\n)?exec .*\n$/.test(present.slice(head.length));
  if (present?.includes(hook.words) && !isOurs) return { file, outcome: "unchanged", line };
  if (present !== undefined && !isOurs) return { file, outcome: "another hook is there", line };
  if (present === wanted) return { file, outcome: "unchanged", line };
  await mkdir(resolve(root, hooks), { recursive: true });
  await writeFile(file, wanted);
  await chmod(file, 0o755);
  return { file, outcome: "written", line };
}

/** Sections with the same name are one, so it is appended with its own header. */
async function installInMercurial(
  root: string,
  { name, words, where, again }: Hook,
  { command, program }: Called,
): Promise<Installed> {
  const file = join(root, ".hg", "hgrc");
  const calls = `${orSay(program, again)}; ${command} ${words}`;
  const line = `${name} = ${where === undefined ? calls : `if ${where}; then ${calls}; fi`}`;
  const present = (await textOf(file)) ?? "";
  const former = new RegExp(`^${name.replaceAll(".", "\\.")}[ \t]*=.*$`, "gm");
  const replaced = present.replace(former, () => line);
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
