/** What an environment was at a revision: its release, and where its entries stood. */
import { basename, dirname, join } from "node:path";
import { type LoadedEnvironment, loadEnvironment, type Sources } from "../../model/load.ts";
import { formatPosition } from "../../model/problem.ts";
import type { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { displayName } from "../../model/source.ts";
import { filesAtRevision } from "./revision.ts";

export interface Base {
  /** In full. */
  readonly revision: string;
  /** Null where there was no such environment. */
  readonly release: Release | null;
  /** By the paths that files have in their checkout. */
  readonly sources: Sources;
}

/**
 * The environment at a revision, or lines for a person that say why it cannot be known.
 *
 * @param folder that of the environments in the checkout
 */
export async function baseAt(
  { file, name }: LoadedEnvironment,
  asked: string,
  folder = dirname(file),
): Promise<Result<Base, readonly string[]>> {
  const files = await filesAtRevision(folder, asked);
  if (!files.ok) return fail([files.error]);
  const { revision, root, environments, remove } = files.value;
  const there = (text: string) => text.replaceAll(`${displayName(root)}/`, "");
  try {
    const loaded = await loadEnvironment(join(environments, basename(file)));
    if (loaded.ok) {
      const sources = Object.entries(loaded.value.sources).map(([key, at]) => [key, there(at)]);
      return ok({ revision, release: loaded.value.release, sources: Object.fromEntries(sources) });
    }
    if (loaded.error.every(({ code, at }) => code === "no-such-file" && at.line <= 1))
      return ok({ revision, release: null, sources: {} });
    return fail([
      `${name} is not valid at revision ${asked} (expected one that is, to compare with)`,
      ...loaded.error.map((problem) => there(`  ${formatPosition(problem.at)}: ${problem.message}`)),
    ]);
  } finally {
    await remove();
  }
}
