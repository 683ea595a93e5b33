/** Which entries of a release a change touches, as lines for a person. */
import type { ReadonlyJson } from "../model/canonical.ts";
import type { EntryDifference, KeyChange } from "../model/difference.ts";
import type { Sources } from "../model/load.ts";
import { positionOf, withPosition } from "./positions.ts";

/** What stands before an entry that was added, removed or changed. */
export const differenceSigns = { added: "+", removed: "-", changed: "~" } as const;

/** An entry as the environment file names it: settings are its top-level keys. */
export function entryName({ section, name }: Pick<EntryDifference, "section" | "name">): string {
  return section === "settings" ? name : `${section}.${name}`;
}

/** `~ permissions.core (environments/local.yaml:41:3)` */
export function describeEntry(entry: EntryDifference, sources: Sources): string {
  const position = positionOf(sources, entry.section, entry.name);
  return withPosition(`${differenceSigns[entry.kind]} ${entryName(entry)}`, position);
}

/** What changes of one key, in a line: `write gains docs-team, loses core-team`, `pageSize: 100 → 200`. */
export function describeKeyChange({ path, gains = [], loses = [], from, to }: KeyChange): string {
  const moves = [
    gains.length > 0 ? `gains ${gains.map(shownValue).join(", ")}` : "",
    loses.length > 0 ? `loses ${loses.map(shownValue).join(", ")}` : "",
  ].filter(Boolean);
  const key = path === "" ? "it" : path;
  return moves.length > 0 ? `${key} ${moves.join(", ")}` : `${key}: ${shownValue(from)} → ${shownValue(to)}`;
}

/** A value of a release, or that there is none. A valid release holds references in place of secrets: all of it may be shown. */
export function shownValue(value: ReadonlyJson | undefined): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
