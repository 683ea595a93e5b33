/** Whether a path stays in a folder: a reviewed file must not make anybody read what is not reviewed with it. */
import { realpath } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";

/**
 * Whether a file lies in a folder, as its path says and with symbolic links followed; one that is not there does when its path does.
 *
 * @param path absolute, as the folder
 */
export async function liesWithin(folder: string, path: string): Promise<boolean> {
  if (!contains(folder, path)) return false;
  const [real, target] = await Promise.all([folder, path].map((way) => realpath(way).catch(() => "")));
  return !target || contains(real || folder, target);
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith("../") && !isAbsolute(way);
}
