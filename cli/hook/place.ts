/** Where a hook runs: in the root of a repository, with the folder of the environments in it. */
import { dirname, isAbsolute, normalize, sep } from "node:path";
import { environmentsFolder } from "../environments.ts";
import type { Laying } from "../review/revision.ts";

/**
 * The repository, and the project in it.
 *
 * @throws {Error} where HGSCIM_ENVIRONMENTS leads out of it
 */
export function placeHere(): Omit<Laying, "into"> {
  const folder = normalize(environmentsFolder());
  if (isAbsolute(folder) || folder.split(sep)[0] === "..")
    throw new Error(`HGSCIM_ENVIRONMENTS is ${folder} (expected a folder by its path in the repository)`);
  const project = dirname(folder);
  return { root: process.cwd(), project: project === "." ? "" : project.split(sep).join("/") };
}
