/** Characters in patterns that nobody can tell from none, or from another one. */
import type { Path } from "../document.ts";
import { keyOfPlaces, type PermissionSet, placeKinds } from "../environment/permission-set.ts";
import { codeOf, unseenIn } from "../name.ts";
import type { Report } from "./context.ts";

/**
 * Reports each pattern of repositories, branches, bookmarks and files with such a character, by its code point: controls,
 * what is not seen, and spaces that are no plain ones.
 *
 * @param path of the set
 */
export function checkUnseen(path: Path, set: PermissionSet, report: Report): void {
  const check = (text: string, ...at: Path) => {
    const words = wordsFor(text);
    if (words !== undefined)
      report(
        [...path, ...at],
        "unseen-character",
        `${words} (expected a character that is seen, or "?" in its place)`,
      );
  };
  set.repositories.forEach((pattern, index) => {
    check(pattern, "repositories", index);
  });
  for (const kind of placeKinds)
    for (const place of Object.keys(set[keyOfPlaces[kind]])) check(place, keyOfPlaces[kind], place);
}

function wordsFor(text: string): string | undefined {
  const unseen = unseenIn(text);
  if (unseen) return `${codeOf(unseen.character)} in a pattern, which is not seen`;
  const space = /[^\S ]/u.exec(text);
  return space ? `${codeOf(space[0])} in a pattern, a space of another kind` : undefined;
}
