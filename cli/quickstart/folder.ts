/** The folder of one quickstart, which no other one has: two may run at once, and a test beside them. */
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { removeLeftBehind } from "../left-behind.ts";

/** Makes `.hgscim/quickstart-<process id>`, and removes those whose process is gone. */
export async function ownFolder(): Promise<string> {
  const parent = resolve(".hgscim");
  const folder = join(parent, `quickstart-${process.pid}`);
  // what a process of the same number left
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await removeLeftBehind(parent, /^quickstart-(\d+)$/);
  return folder;
}
