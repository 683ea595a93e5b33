/** The folder of one quickstart, which no other one has: two may run at once, and a test beside them. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isRunning } from "../running.ts";

/** Makes `.hgscim/quickstart-<process id>`, and removes those whose process is gone. */
export async function ownFolder(): Promise<string> {
  const parent = resolve(".hgscim");
  const folder = join(parent, `quickstart-${process.pid}`);
  // what a process of the same number left
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(parent)) {
    const [, owner] = /^quickstart-(\d+)$/.exec(name) ?? [];
    if (owner !== undefined && !isRunning(Number(owner)))
      await rm(join(parent, name), { recursive: true, force: true });
  }
  return folder;
}
