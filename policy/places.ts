/** Places, the parts of a repository that pushes may be restricted to, and which of them lie within others. */

import { coverage } from "../model/coverage.ts";
import { type PlaceKind, placeKinds } from "../model/environment/permission-set.ts";
import { PathGlob } from "../model/glob.ts";
import { foldName } from "../model/name.ts";

/** What a pattern of branches, bookmarks or files matches: `{ branch: "release-*" }`, `{ path: "docs/**" }`. */
export type Place = { readonly [kind in PlaceKind]?: string };

/**
 * Whether a rule about names of a kind, in one pattern, is one about this name: as it is written, or as clients' systems
 * compare it; for a path also where it stands in place of a folder that the rule names. As the extension has it (hgscim/access.py).
 */
export function coversName(kind: PlaceKind, pattern: string, name: string): boolean {
  if (new PathGlob(pattern).matches(name)) return true;
  const [rule, compared] = [comparedName(kind, pattern), comparedName(kind, name)];
  const folders = kind === "path" ? namedFolders(rule) : [];
  return [rule, ...folders].some((text) => new PathGlob(text).matches(compared));
}

/** Each folder on the way to what a pattern of files matches, but for those that any name fits. */
function namedFolders(pattern: string): string[] {
  const segments = pattern.split("/").slice(0, -1);
  return segments.flatMap((segment, n) =>
    /[^*?]/.test(segment) ? [segments.slice(0, n + 1).join("/")] : [],
  );
}

function comparedName(kind: PlaceKind, name: string): string {
  const one = (text: string) => foldName(text).replace(/[. ]+$/, "");
  if (kind !== "path") return one(name);
  const segments = name.split(/[\\/]/).map((segment) => one(segment.split(":", 1)[0] ?? ""));
  return segments.filter(Boolean).join("/");
}

/** One text for a place. */
export function keyOfPlace(place: Place): string {
  return JSON.stringify(place);
}

/** A function that finds the keys of those among some places within which another place is certain to lie, or which it is. */
export function placesAround(some: readonly Place[]): (place: Place) => readonly string[] {
  const near = new Map(
    placeKinds.map((kind) => [kind, coverage(some.flatMap((place) => filed(kind, place)))]),
  );
  const found = new Map<string, readonly string[]>();
  const look = (place: Place) =>
    placeKinds.flatMap((kind) => {
      const pattern = place[kind];
      if (pattern === undefined) return [];
      // what includes a pattern matches its text too
      const others = near.get(kind)?.(pattern) ?? [];
      return others.filter(({ glob }) => glob.includes(pattern)).map(({ key }) => key);
    });
  return (place) => {
    const key = keyOfPlace(place);
    const known = found.get(key) ?? look(place);
    found.set(key, known);
    return known;
  };
}

function filed(kind: PlaceKind, place: Place) {
  const pattern = place[kind];
  return pattern === undefined
    ? []
    : [{ repositories: [pattern], glob: new PathGlob(pattern), key: keyOfPlace(place) }];
}
