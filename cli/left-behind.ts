/** What processes left that were killed: it carries the number of its process in its name. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * Removes what lies in a folder under a name of this form, when its process is gone.
 *
 * @param form its first group is the number of the process
 */
export async function removeLeftBehind(folder: string, form: RegExp): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, owner] = form.exec(name) ?? [];
    if (owner !== undefined && !isRunning(Number(owner)))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // it runs, and is another user's
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
