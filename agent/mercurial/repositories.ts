/** The repositories of the host: every folder with a `.hg` in it beneath the repository root, within another one's working copy too. */
import * as disk from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail, ok, type Result } from "../../model/result.ts";

/** What is asked of the disk. */
export type Folders = Pick<typeof disk, "readdir" | "stat">;

/**
 * The names of all repositories, their paths below the root with `/` between, sorted. They are the names by which the extension
 * judges them (`repositoryname` in hgscim/host.py), which refuses what lies in a `.hg`: that is not looked into. Links are followed to a
 * repository's `.hg` alone, so that there are no loops. Nobody can say what is in a folder that cannot be listed, the root too: it is an error, never empty.
 *
 * @returns a sentence for each folder that cannot be listed
 */
export async function listRepositories(
  root: string,
  folders: Folders = disk,
): Promise<Result<string[], string[]>> {
  const names: string[] = [];
  const unreadable: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const folder = join(root, path);
    const entries = await folders
      .readdir(folder, { withFileTypes: true })
      .catch(async (error: NodeJS.ErrnoException) => {
        if (path === "" || !(hasGone(error) || (await isOfFileSystem(folders, folder))))
          unreadable.push(sentence(folder, error));
        return [];
      });
    const isRepository = entries.some(
      (entry) => entry.name === ".hg" && (entry.isDirectory() || entry.isSymbolicLink()),
    );
    if (path !== "" && isRepository) names.push(path);
    for (const entry of entries)
      if (entry.isDirectory() && entry.name !== ".hg")
        await visit(path === "" ? entry.name : `${path}/${entry.name}`);
  };
  await visit("");
  return unreadable.length > 0 ? fail(unreadable.sort()) : ok(names.sort());
}

/** A folder that was there a moment ago: removed, or a file now. */
function hasGone({ code }: NodeJS.ErrnoException): boolean {
  return code === "ENOENT" || code === "ENOTDIR";
}

/** `lost+found` at the root of a file system is root's alone, and holds what a repair has found: no repositories. */
async function isOfFileSystem({ stat }: Folders, folder: string): Promise<boolean> {
  if (basename(folder) !== "lost+found") return false;
  const above = dirname(folder);
  const [found, root, outside] = await Promise.all([folder, above, dirname(above)].map((path) => stat(path)));
  return found?.uid === 0 && root?.dev !== outside?.dev;
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
