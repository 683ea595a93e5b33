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
  const root = await mkdtemp(join(tmpdir(), "hgscim-review-"));
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    const full = await (checkout.system === "git" ? fromGit : fromMercurial)(
      checkout,
      revision,
      project,
      root,
    );
    return ok({ revision: full, root, environments: join(root, relative(checkout.root, real)), remove });
  } catch (error) {
    await remove();
    return fail((error as Error).message);
  }
}

const isTaken = (name: string) => /\.ya?ml$/.test(name);
const maxBytes = 512 * 1024 * 1024;

/** Blobs as they are stored: `git archive` would leave out and rewrite what attributes of the revision say. */
async function fromGit({ root }: Checkout, revision: string, project: string, into: string): Promise<string> {
  const git = (args: readonly string[], input?: string) =>
    output("git", [...gitSettings, ...args], root, input);
  const wanted = `${revision}^{commit}`;
  const full = String(
    await named(revision, git(["rev-parse", "--verify", "--end-of-options", wanted])),
  ).trim();
  const below = project === "" ? [] : [project];
  const tree = String(await git(["ls-tree", "-r", "-z", "--full-tree", full, "--", ...below]));
  const files = tree
    .split("\0")
    .flatMap((line) => {
      const [, mode = "", type, id = "", name = ""] = /^(\d+) (\w+) ([0-9a-f]+)\t([\s\S]*)$/.exec(line) ?? [];
      return type === "blob" ? [{ isLink: mode === "120000", id, name }] : [];
    })
    .filter(({ isLink, name }) => (isLink || isTaken(name)) && !/(^|\/)\.{0,2}(\/|$)/.test(name))
    // a link that is there first could lead a file elsewhere
    .sort((a, b) => Number(a.isLink) - Number(b.isLink));
  if (files.length === 0) return full;
  const blobs = await git(["cat-file", "--batch"], files.map(({ id }) => `${id}\n`).join(""));
  let at = 0;
  for (const { isLink, name } of files) {
    const head = blobs.indexOf(10, at);
    const size = Number(blobs.subarray(at, head).toString().split(" ")[2]);
    if (!Number.isInteger(size))
      throw new Error(`git has no content of ${name} at ${full} (expected a checkout that is whole)`);
    const bytes = blobs.subarray(head + 1, head + 1 + size);
    at = head + 1 + size + 1;
    const file = join(into, name);
    await mkdir(dirname(file), { recursive: true });
    if (isLink) await symlink(bytes.toString(), file);
    else await writeFile(file, bytes, { flag: "wx" });
  }
  return full;
}

// none of what a checkout's configuration can run
const gitSettings = ["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false"];

async function fromMercurial(
  { root }: Checkout,
  revision: string,
  project: string,
  into: string,
): Promise<string> {
  const hg = (args: readonly string[]) => output("hg", ["--noninteractive", ...args], root);
  const nodes = String(
    await named(revision, hg(["log", "--template", "{node}\n", "--limit=2", `--rev=${revision}`])),
  )
    .split("\n")
    .filter(Boolean);
  const [full] = nodes;
  if (full === undefined || nodes.length > 1)
    throw new Error(`${revision} is ${full === undefined ? "no" : "more than one"} revision (expected one)`);
  const below = project === "" ? "" : `${project.replace(/[^\w/]/g, "\\$&")}/`;
  const taken = [`re:^${below}.*\\.ya?ml$`, "set:symlink()"];
  const include = taken.flatMap((pattern) => ["--include", pattern]);
  const options = ["--config", "ui.archivemeta=false", "--no-decode", "--type=files", `--rev=${full}`];
  try {
    // the name of the folder is a format
    await hg(["archive", ...options, ...include, "--", into.replaceAll("%", "%%")]);
  } catch (error) {
    // a revision without any such file: then there is no such environment
    if (!/no files match the archive pattern/.test((error as Error).message)) throw error;
  }
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
 * @throws {Error} with what it said when it fails
 */
async function output(
  program: string,
  args: readonly string[],
  cwd: string,
  input?: string,
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
    },
  });
  running.child.stdin?.on("error", () => undefined).end(input ?? "");
  try {
    return (await running).stdout;
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: Buffer };
    if (code === "ENOENT")
      throw new Error(`${program} is not on the PATH (expected the program that made this checkout)`);
    const said = String(stderr ?? "")
      .trim()
      .split("\n")
      .at(-1);
    throw new Error(
      said?.startsWith(`${program}: `) ? said : `${program}: ${said || (error as Error).message}`,
    );
  }
}
