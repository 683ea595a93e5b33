/** The repositories of the host: every folder with a `.hg` in it beneath the repository root. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";

// deeper than anybody files repositories, and an end to a folder that leads back to itself
const maxDepth = 12;

/**
 * The names of all repositories, their paths below the root with `/` between, sorted. A root that does not exist has
 * none. A repository within a repository is part of that one.
 */
export async function listRepositories(root: string): Promise<string[]> {
  const names: string[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    const entries = await readdir(join(root, path), { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    if (path !== "" && folders.includes(".hg")) names.push(path);
    else if (depth < maxDepth)
      for (const name of folders) await visit(path === "" ? name : `${path}/${name}`, depth + 1);
  };
  await visit("", 0);
  return names.sort();
}
