/** Which entries of a release a change touches, as lines for a person. */
import { type SectionName, sectionNames } from "../model/digest.ts";
import type { ReleaseTexts } from "./release-text.ts";
import { positionOf, type Sources, withPosition } from "./sources.ts";

export interface EntryChange {
  readonly sign: "+" | "-" | "~";
  readonly section: SectionName;
  readonly name: string;
}

/** The entries that are added, removed or changed, by section and name. */
export function entryChanges(before: ReleaseTexts, after: ReleaseTexts): EntryChange[] {
  return sectionNames.flatMap((section) => {
    const [old, next] = [before[section], after[section]];
    return [...new Set([...Object.keys(old), ...Object.keys(next)])]
      .sort()
      .filter((name) => old[name] !== next[name])
      .map((name) => ({ sign: !(name in old) ? "+" : !(name in next) ? "-" : "~", section, name }));
  });
}

/** `~ permissions.core (environments/local.yaml:41:3)` */
export function describeEntryChange({ sign, section, name }: EntryChange, sources: Sources): string {
  return withPosition(`${sign} ${section}.${name}`, positionOf(sources, section, name));
}
