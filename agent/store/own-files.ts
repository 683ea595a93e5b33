/** The folder and the files of the store are the agent's own user's alone: what root has put back has to be given to it. */
import { type Stats, statSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";

/**
 * Closes a folder or a file to all but the agent.
 *
 * @param strictModes off: what is another user's stays as it is, where the agent can write to it
 * @throws {Error} with a sentence, when it is another user's
 */
export async function closeToOthers(path: string, mode: number, strictModes?: "off"): Promise<void> {
  const found = statSync(path);
  const own = process.geteuid?.();
  if (found.uid === own || own === 0) return chmod(path, mode);
  if (strictModes !== "off" || !isWritable(found)) throw new Error(notOurs(path, found));
}

/**
 * Looks at what SQLite would open for writing, since it names no file.
 *
 * @throws {Error} with a sentence, when the agent cannot write to one
 */
export function checkWritable(folder: string): void {
  for (const name of ["agent.lock", "store.db", "store.db-wal", "store.db-shm"]) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && !isWritable(found)) throw new Error(notOurs(path, found));
  }
}

/** By its mode, without opening it: who closes a file loses the locks on it. Source: path_resolution(7). */
function isWritable({ mode, uid, gid }: Stats): boolean {
  const own = process.geteuid?.();
  if (own === 0) return true;
  const isOurGroup = [process.getegid?.(), ...(process.getgroups?.() ?? [])].includes(gid);
  const shift = uid === own ? 6 : isOurGroup ? 3 : 0;
  return ((mode >> shift) & 0o6) === 0o6;
}

function notOurs(path: string, { uid }: Stats): string {
  return uid === process.geteuid?.()
    ? `${path} cannot be written (expected a mode that lets its owner: chmod u+rw)`
    : `${path} belongs to another user (uid ${uid}; expected the agent's own user: chown)`;
}
