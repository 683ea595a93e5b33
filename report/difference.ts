/** Which entries of a release a change touches, as lines for a person. */
import type { EntryDifference } from "../model/difference.ts";
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
