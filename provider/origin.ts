/** Who deploys, and which revision of the project: travels beside a release, outside its digest. */
import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { promisify } from "node:util";

export interface ChangeOrigin {
  readonly author?: string;
  readonly revision?: string;
}

/** As the environment tells it, ours before that of CI systems; else the user and the checkout that we stand in. */
export async function changeOrigin(environment: NodeJS.ProcessEnv = process.env): Promise<ChangeOrigin> {
  const { HGSCIM_AUTHOR, GITHUB_ACTOR, GITLAB_USER_LOGIN } = environment;
  const { HGSCIM_REVISION, GITHUB_SHA, CI_COMMIT_SHA } = environment;
  const author = HGSCIM_AUTHOR || GITHUB_ACTOR || GITLAB_USER_LOGIN || userName();
  const revision =
    HGSCIM_REVISION ||
    GITHUB_SHA ||
    CI_COMMIT_SHA ||
    (await output("hg", ["identify", "--id"])) ||
    (await output("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]));
  return {
    ...(author && { author: author.slice(0, 256) }),
    ...(revision && { revision: revision.slice(0, 256) }),
  };
}

/** A user without a name is one that runs in a container without an entry in /etc/passwd. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** The first line that a program prints; undefined when it fails or is not there. */
async function output(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      env: { ...process.env, HGPLAIN: "1" },
      timeout: 5_000,
    });
    return stdout.split("\n")[0];
  } catch {
    return undefined;
  }
}
