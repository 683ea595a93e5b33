/**
 * The access file and its folder belong to the agent and to the folder's group, which is the web server's: whoever else could
 * open the file could hold its lock, and revocations would wait; whoever could write to the folder could replace it.
 */
import { chmodSync, chownSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

const folderMode = 0o750;
export const accessFileMode = 0o640;

/**
 * Makes the folder of the access file when it is missing, and closes it to all but its owner and group.
 *
 * @throws {Error} with a sentence, when others than the agent's own user can write to it
 */
export function closeAccessFolder(file: string): void {
  const folder = dirname(file);
  if (mkdirSync(folder, { recursive: true, mode: folderMode }) !== undefined) chmodSync(folder, folderMode);
  const { mode, uid } = statSync(folder);
  if ((mode & 0o022) !== 0 || uid !== process.geteuid?.())
    throw new Error(
      `others can write to the folder of the access file ${file} (expected one of the agent's own user, with mode 2750)`,
    );
  if ((mode & 0o007) !== 0) chmodSync(folder, mode & 0o7770);
}

/** Whether an access file, and the journal beside it, are of the agent's own user: nobody else's can be closed, or written to. */
export function isOwnAccessFile(file: string): boolean {
  return [file, `${file}-journal`].every((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined || found.uid === process.geteuid?.();
  });
}

/**
 * Closes an access file to all but the agent and the group of its folder.
 *
 * @throws {Error} with a sentence, when the agent cannot give it to that group
 */
export function closeAccessFile(file: string): void {
  chmodSync(file, accessFileMode);
  const { gid } = statSync(dirname(file));
  if (statSync(file).gid === gid) return;
  try {
    chownSync(file, -1, gid);
  } catch (cause) {
    throw new Error(
      `the access file ${file} cannot be given to the group of its folder (expected a folder with mode 2750: new files get its group)`,
      { cause },
    );
  }
}
