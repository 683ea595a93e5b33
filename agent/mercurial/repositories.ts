/** The repositories of the host: every folder with a `.hg` in it beneath the repository root. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fail, ok, type Result } from "../../model/result.ts";

// deeper than anybody files repositories, and an end to a folder that leads back to itself
const maxDepth = 12;

/**
 * The names of all repositories, their paths below the root with `/` between, sorted. A repository within a repository is
 * part of that one. Nobody can say what is in a folder that cannot be listed, the root too: it is an error, never empty.
 *
 * @returns a sentence for each folder that cannot be listed
 */
export async function listRepositories(root: string): Promise<Result<string[], string[]>> {
  const names: string[] = [];
  const unreadable: string[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    const folder = join(root, path);
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (path === "" || !hasGone(error)) unreadable.push(sentence(folder, error));
      return [];
    });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    if (path !== "" && folders.includes(".hg")) names.push(path);
    else if (depth < maxDepth)
      for (const name of folders) await visit(path === "" ? name : `${path}/${name}`, depth + 1);
  };
  await visit("", 0);
  return unreadable.length > 0 ? fail(unreadable.sort()) : ok(names.sort());
}

/** A folder that was there a moment ago: removed, or a file now. */
function hasGone({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT" || code === "ENOTDIR";
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "it is not a folder",
  EACCES: "the agent's user may not read it",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "its path is too long",
};

function sentence(folder: string, { code = "", message }: NodeJS.ErrnoException): string {
  return `repositories: ${folder} cannot be listed: ${reasons[code] ?? message}`;
}
