/** Who deploys, and which revision of the environment files: travels beside a release, outside its digest. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

/**
 * Who deploys, as the environment tells it, ours before that of CI systems; else the user.
 *
 * @returns nothing where there is none: a user without a name is one that runs in a container without an entry in /etc/passwd
 */
export function changeAuthor(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { HGSCIM_AUTHOR, GITHUB_ACTOR, GITLAB_USER_LOGIN } = environment;
  return (HGSCIM_AUTHOR || GITHUB_ACTOR || GITLAB_USER_LOGIN || userName())?.slice(0, 256);
}

/**
 * The revision of the environment files: that of their own checkout, whatever else is checked out around or beside it. A CI system
 * that has exported them says which one it was.
 *
 * @param folder in which the files lie
 */
export async function changeRevision(
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const { HGSCIM_REVISION, GITHUB_SHA, CI_COMMIT_SHA } = environment;
  const revision = HGSCIM_REVISION || (await checkedOut(resolve(folder))) || GITHUB_SHA || CI_COMMIT_SHA;
  return revision?.slice(0, 256);
}

/** What the innermost checkout around a folder is at. */
async function checkedOut(folder: string): Promise<string | undefined> {
  if (existsSync(join(folder, ".hg"))) return output("hg", ["identify", "--id"], folder);
  if (existsSync(join(folder, ".git")))
    return output("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"], folder);
  const above = dirname(folder);
  return above === folder ? undefined : checkedOut(above);
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** The first line that a program prints; undefined when it fails or is not there. */
async function output(program: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd,
      // a .hg that came with the files must not say what runs
      env: { ...process.env, HGPLAIN: "1", HGRCSKIPREPO: "1" },
      timeout: 30_000,
    });
    return stdout.split("\n")[0] || undefined;
  } catch {
    return undefined;
  }
}
