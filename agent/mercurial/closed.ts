/**
 * The access file and its folder belong to the agent and to the folder's group, which is the web server's: whoever else could
 * open the file could hold its lock, and revocations would wait; whoever could write to the folder could replace it.
 */
import { chmodSync, chownSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

const folderMode = 0o750;
export const accessFileMode = 0o640;
const setgid = 0o2000;
const openToOthers = 0o027;
const writableByOthers = 0o022;

/**
 * Makes the folder of the access file when it is missing, and closes it to all but its owner and group. One whose setgid bit
 * would be lost by that stays as others can enter it: they cannot open the file.
 *
 * @param strictModes off: it may be another user's, and then it stays as it is
 * @throws {Error} with a sentence, when others than the agent's own user can write to it
 */
export function closeAccessFolder(file: string, strictModes?: "off"): void {
  const folder = dirname(file);
  makeFolder(folder);
  const { mode, uid, gid } = statSync(folder);
  const isOwn = uid === process.geteuid?.();
  const canClose = isOwn && ((mode & setgid) === 0 || isAmongOurs(gid));
  const isWritable = (mode & writableByOthers) !== 0;
  if (strictModes === "off" ? isOwn && isWritable && !canClose : isWritable || !isOwn)
    throw new Error(
      `others can write to the folder of the access file ${file} (expected one of the agent's own user, with mode 2750)`,
    );
  if (canClose && (mode & openToOthers) !== 0) chmodSync(folder, mode & 0o7777 & ~openToOthers);
}

/** With the setgid bit of what it is made in, which changing its mode could take away. */
function makeFolder(folder: string): void {
  const before = process.umask(0);
  try {
    mkdirSync(folder, { recursive: true, mode: folderMode });
  } finally {
    process.umask(before);
  }
}

/** Whether a folder of a group keeps its setgid bit when this process changes the mode. Source: chmod(2), S_ISGID. */
function isAmongOurs(gid: number): boolean {
  return process.geteuid?.() === 0 || [process.getegid?.(), ...(process.getgroups?.() ?? [])].includes(gid);
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
  const { gid, uid } = statSync(dirname(file));
  if (statSync(file).gid === gid) return;
  try {
    chownSync(file, -1, gid);
  } catch (cause) {
    // the group of a folder that is another user's says nothing of a web server
    if (uid !== process.geteuid?.()) return;
    throw new Error(
      `the access file ${file} cannot be given to the group of its folder (expected a folder with mode 2750: new files get its group)`,
      { cause },
    );
  }
}
