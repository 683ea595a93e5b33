/** What happens to a right, in words: the kinds of change, and the part of a repository that one is about. */
import { isLiteral } from "../model/glob.ts";
import type { EffectChange } from "../policy/effect.ts";
import type { Place } from "../policy/places.ts";
import { inSentence } from "./words.ts";

/** A right that becomes another one, wherever it is. */
export type Turn = Place & Pick<EffectChange, "before" | "after">;

/** The part of a repository that a change is about, `branch stable`, `branches release-*`; undefined for the whole. */
export function placeName({ branch, bookmark, path }: Place): string | undefined {
  const named = (pattern: string, one: string, many: string) =>
    `${isLiteral(pattern) ? one : many} ${inSentence(pattern)}`;
  if (branch !== undefined) return named(branch, "branch", "branches");
  if (bookmark !== undefined) return named(bookmark, "bookmark", "bookmarks");
  return path === undefined ? undefined : `path ${inSentence(path)}`;
}

const atPlace = (turn: Turn) => placeName(turn) !== undefined;

/** The kinds of change, for one who does and for several; the order is that of what a reviewer must see first. */
export const changeKinds = [
  {
    words: ["loses all access to", "lose all access to"],
    of: (c: Turn) => c.before !== null && c.after === null,
  },
  {
    words: ["loses push on", "lose push on"],
    of: (c: Turn) => c.before === "write" && c.after === "read" && !atPlace(c),
  },
  { words: ["loses push to", "lose push to"], of: (c: Turn) => c.after === "read" && atPlace(c) },
  { words: ["gains push on", "gain push on"], of: (c: Turn) => c.after === "write" && !atPlace(c) },
  { words: ["gains push to", "gain push to"], of: (c: Turn) => c.after === "write" && atPlace(c) },
  {
    words: ["gains read on", "gain read on"],
    of: (c: Turn) => c.before === null && c.after === "read",
  },
] as const;

/** `branch stable of `, `2 branches of `, `3 places in `, or nothing for whole repositories. A pattern is no number of branches. */
export function placesOf(places: readonly (string | undefined)[]): string {
  const [first] = places;
  if (first === undefined) return "";
  if (places.length === 1) return `${first} of `;
  const onlyBranches = places.every((place) => place?.startsWith("branch "));
  return `${places.length} ${onlyBranches ? "branches of" : "places in"} `;
}
