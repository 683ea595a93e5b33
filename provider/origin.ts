/** Who deploys, and which revision of the environment files: travels beside a release, outside its digest. */
import { userInfo } from "node:os";
import { askCheckout, checkoutAround } from "./checkout.ts";

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
  const revision = HGSCIM_REVISION || (await checkedOut(folder)) || GITHUB_SHA || CI_COMMIT_SHA;
  return revision?.slice(0, 256);
}

/** What the innermost checkout around a folder is at. */
async function checkedOut(folder: string): Promise<string | undefined> {
  const kind = checkoutAround(folder);
  if (kind === undefined) return undefined;
  const printed =
    kind === "hg"
      ? await askCheckout("hg", ["identify", "--id"], folder)
      : await askCheckout("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"], folder);
  return printed?.split("\n")[0] || undefined;
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
