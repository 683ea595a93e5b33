/** Because of which entries somebody's right changes in a repository. */
import { coverage } from "../../model/coverage.ts";
import type { EntryDifference } from "../../model/difference.ts";
import type { ReleaseData } from "../../model/digest.ts";
import { entryName } from "../difference.ts";

/** Two releases, and in which entries they differ. */
export interface ComparedReleases {
  readonly before: ReleaseData | null;
  readonly after: ReleaseData;
  readonly differences: readonly EntryDifference[];
}

/** Entries that say who people are, and in which groups: they move people, wherever. */
const ofPeople: readonly EntryDifference["section"][] = ["connectors", "constraints", "variables"];

/** Those of them that differ, by name. */
export function movingEntries(differences: readonly EntryDifference[]): string[] {
  return differences.filter(({ section }) => ofPeople.includes(section)).map(entryName);
}

/**
 * A function that answers the entries, by name, which cover a repository before or after and are not the same; for those who moved, also
 * the entries that say who people are. The same list for the same entries.
 */
export function causesOf({
  before,
  after,
  differences,
}: ComparedReleases): (repository: string, moved: boolean) => readonly string[] {
  const sets = differences
    .filter(({ section }) => section === "permissions")
    .flatMap(({ section, name }) =>
      [before, after].flatMap((release) => {
        const repositories = patternsOf(release?.permissions[name]);
        return repositories.length > 0 ? [{ entry: entryName({ section, name }), repositories }] : [];
      }),
    );
  const covering = coverage(sets);
  const known = new Map<string, readonly string[]>();
  const mapping = movingEntries(differences);
  return (repository, moved) => {
    const here = known.get(repository) ?? [...new Set(covering(repository).map(({ entry }) => entry))];
    known.set(repository, here);
    return moved ? [...mapping, ...here] : here;
  };
}

/** The patterns of a permission set, as a release has it. */
function patternsOf(set: unknown): readonly string[] {
  const { repositories = [] } = (set ?? {}) as { readonly repositories?: readonly string[] };
  return repositories;
}
