/**
 * The environment files of a revision, laid into a folder of their own: as they are stored, with no filter, hook or configuration of the
 * checkout at work. Of the project nothing but YAML files and symbolic links is taken: it is what environments are made of.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { fail, ok, type Result } from "../../model/result.ts";
import { type Checkout, findCheckout } from "../../scan/checkout.ts";

export interface RevisionFiles {
  /** The revision in full. */
  readonly revision: string;
  /** Where the checkout's root is laid. */
  readonly root: string;
  /** Where the environments' folder would be. */
  readonly environments: string;
  remove(): Promise<void>;
}

/**
 * Lays them there.
 *
 * @param folder that of the environments
 * @param revision as Git or Mercurial name one
 * @returns why not, for a person
 */
export async function filesAtRevision(
  folder: string,
  revision: string,
): Promise<Result<RevisionFiles, string>> {
  return laidOut(folder, revision, { git: fromGit, hg: fromMercurial });
}

/** The folder of the environments in its checkout, and where something of it is to be laid. */
export interface Laying {
  /** The checkout's. */
  readonly root: string;
  /** The folder of the project within it, with slashes; empty for its root. */
  readonly project: string;
  readonly into: string;
}

/** Lays something of a revision into a folder of its own, and answers which one that was, in full. */
export type Lay = (laying: Laying, revision: string) => Promise<string>;

/**
 * Lays files of a revision out by the system that the folder is checked out of.
 *
 * @returns why not, for a person
 */
export async function laidOut(
  folder: string,
  revision: string,
  lay: Readonly<Record<Checkout["system"], Lay>>,
): Promise<Result<RevisionFiles, string>> {
  // it is an argument of git and hg, and no option
  if (revision.startsWith("-"))
    return fail(`no revision begins with "-": ${JSON.stringify(revision)} (expected a revision, or active)`);
  const real = await realpath(folder).catch(() => undefined);
  const checkout = real === undefined ? undefined : findCheckout(real);
  if (!checkout || real === undefined)
    return fail(`${folder} lies in no checkout of Git or Mercurial (expected one, to have a revision)`);
  // what environments extend lies beneath the folder that theirs lies in
  const project = relative(checkout.root, dirname(real)).split(sep).join("/");
  if (project.startsWith(".."))
    return fail(`${folder} is the root of its checkout (expected it to lie in a project)`);
  const into = await realpath(await mkdtemp(join(tmpdir(), "hgscim-review-")));
  const remove = () => rm(into, { recursive: true, force: true });
  try {
    const full = await lay[checkout.system]({ root: checkout.root, project, into }, revision);
    const environments = join(into, relative(checkout.root, real));
    return ok({ revision: full, root: into, environments, remove });
  } catch (error) {
    await remove();
    return fail((error as Error).message);
  }
}

const isTaken = (name: string) => /\.ya?ml$/.test(name);
const maxBytes = 512 * 1024 * 1024;

const fromGit: Lay = async ({ root, project, into }, revision) => {
  const git: Git = (args, input) => output("git", [...gitSettings, ...args], root, { input });
  const full = await gitCommit(git, revision);
  await layTree(git, full, { project, into }, isTaken);
  return full;
};

/** Git with these arguments and this input: what it prints. */
export type Git = (args: readonly string[], input?: string) => Promise<Buffer>;

/** The commit that a revision is. */
export async function gitCommit(git: Git, revision: string): Promise<string> {
  const wanted = `${revision}^{commit}`;
  const asked = git(["rev-parse", "--verify", "--end-of-options", wanted]);
  return String(await named(revision, asked)).trim();
}

/** Lays the blobs of a tree as they are stored: `git archive` would leave out and rewrite what attributes of the revision say. */
export async function layTree(
  git: Git,
  tree: string,
  { project, into }: Pick<Laying, "project" | "into">,
  isTaken: (name: string) => boolean,
): Promise<void> {
  const below = project === "" ? [] : [project];
  const listed = String(await git(["ls-tree", "-r", "-z", "--full-tree", tree, "--", ...below]));
  const files = listed
    .split("\0")
    .flatMap((line) => {
      const [, mode = "", type, id = "", name = ""] = /^(\d+) (\w+) ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
      return type === "blob" ? [{ isLink: mode === "120000", id, name }] : [];
    })
    .filter(({ isLink, name }) => (isLink || isTaken(name)) && !/(^|\/)\.{0,2}(\/|$)/.test(name))
    // a link that is there first could lead a file elsewhere
    .sort((a, b) => Number(a.isLink) - Number(b.isLink));
  if (files.length === 0) return;
  const blobs = await git(["cat-file", "--batch"], files.map(({ id }) => `${id}\n`).join(""));
  let at = 0;
  for (const { isLink, name } of files) {
    const head = blobs.indexOf(10, at);
    const size = Number(blobs.subarray(at, head).toString().split(" ")[2]);
    if (!Number.isInteger(size))
      throw new Error(`git has no content of ${name} at ${tree} (expected a checkout that is whole)`);
    const bytes = blobs.subarray(head + 1, head + 1 + size);
    at = head + 1 + size + 1;
    const file = join(into, name);
    await mkdir(dirname(file), { recursive: true });
    if (isLink) await symlink(bytes.toString(), file);
    else await writeFile(file, bytes, { flag: "wx" });
  }
}

// none of what a checkout's configuration can run
export const gitSettings = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];

const fromMercurial: Lay = async (laying, revision) => {
  const hg = (args: readonly string[]) => output("hg", ["--noninteractive", ...args], laying.root);
  const full = await hgNode(hg, revision);
  await layChangeset(hg, full, laying, "ya?ml");
  return full;
};

/**
 * Lays the files of a changeset as they are stored.
 *
 * @param ending how their names end, as a regular expression without its dot
 */
export async function layChangeset(
  hg: (args: readonly string[]) => Promise<Buffer>,
  full: string,
  { project, into }: Pick<Laying, "project" | "into">,
  ending: string,
): Promise<void> {
  const below = project === "" ? "" : `${project.replace(/[^\w/]/g, "\\$&")}/`;
  const taken = [`re:^${below}.*\\.(${ending})$`, "set:symlink()"];
  const include = taken.flatMap((pattern) => ["--include", pattern]);
  const options = ["--config", "ui.archivemeta=false", "--no-decode", "--type=files", `--rev=${full}`];
  try {
    // the name of the folder is a format
    await hg(["archive", ...options, ...include, "--", into.replaceAll("%", "%%")]);
  } catch (error) {
    // a revision without any such file: then there is no such environment
    if (!/no files match the archive pattern/.test((error as Error).message)) throw error;
  }
}

/** The changeset that a revision is. */
export async function hgNode(
  hg: (args: readonly string[]) => Promise<Buffer>,
  revision: string,
): Promise<string> {
  const asked = hg(["log", "--template", "{node}\n", "--limit=2", `--rev=${revision}`]);
  const [full, ...others] = String(await named(revision, asked))
    .split("\n")
    .filter(Boolean);
  if (full === undefined || others.length > 0)
    throw new Error(`${revision} is ${full === undefined ? "no" : "more than one"} revision (expected one)`);
  return full;
}

/** What a question about a revision comes to; where it fails, which revision it was about. */
function named<T>(revision: string, question: Promise<T>): Promise<T> {
  return question.catch((error: Error) => {
    throw new Error(`no revision ${JSON.stringify(revision)} here: ${error.message}`);
  });
}

/**
 * What a program prints.
 *
 * @throws {Error} with what it said when it fails, and what it printed as `stdout`
 */
export async function output(
  program: string,
  args: readonly string[],
  cwd: string,
  { input, env = {} }: { readonly input?: string | undefined; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Buffer> {
  const running = promisify(execFile)(program, args, {
    cwd,
    encoding: "buffer",
    maxBuffer: maxBytes,
    env: {
      ...process.env,
      HGPLAIN: "1",
      // a .hg that came with the files must not say what runs
      HGRCSKIPREPO: "1",
      GIT_NO_LAZY_FETCH: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_OPTIONAL_LOCKS: "0",
      LC_ALL: "C.UTF-8",
      ...env,
    },
  });
  running.child.stdin?.on("error", () => undefined).end(input ?? "");
  try {
    return (await running).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as {
      readonly code?: unknown;
      readonly stdout?: Buffer;
      readonly stderr?: Buffer;
    };
    if (code === "ENOENT")
      throw new Error(`${program} is not on the PATH (expected the program that made this checkout)`);
    const said = String(stderr ?? "")
      .trim()
      .split("\n")
      .at(-1);
    const told = said?.startsWith(`${program}: `) ? said : `${program}: ${said || (error as Error).message}`;
    throw Object.assign(new Error(told), { stdout, isSilent: said === "" });
  }
}
