/** What permission sets give otherwise than before, by the files alone: for whom nobody needs to be asked. */
import { keyOfPlaces, type PermissionSet, placeKinds } from "../../model/environment/permission-set.ts";
import { endOf, type Subject, subjectName } from "../../model/environment/subject.ts";
import type { Release } from "../../model/release.ts";
import { entryName } from "../difference.ts";
import type { RuleChange } from "./report.ts";

type Permissions = Release["permissions"];

/** Each change of each set, in the order of their names. A set is compared with itself: another one may give the same still. */
export function ruleChanges(before: Permissions, after: Permissions): RuleChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) =>
    changesOf(entryName({ section: "permissions", name }), before[name], after[name]),
  );
}

/** What a set gives in all that a pattern covers. */
function changesOf(
  entry: string,
  old: PermissionSet | undefined,
  next: PermissionSet | undefined,
): RuleChange[] {
  const patterns = [...new Set([...positive(old), ...positive(next)])].sort();
  const byPatterns = new Map<string, { readonly change: Bare; readonly patterns: string[] }>();
  for (const pattern of patterns) {
    const [was, will] = [old, next].map((set) => (positive(set).includes(pattern) ? set : undefined));
    for (const change of [...rightsChanged(was, will), ...placesChanged(was, will)]) {
      const key = JSON.stringify(change);
      const there = byPatterns.get(key);
      if (there) there.patterns.push(pattern);
      else byPatterns.set(key, { change, patterns: [pattern] });
    }
  }
  const stays = [...byPatterns.values()].map(({ change, patterns }) => ({ entry, patterns, ...change }));
  return old && next ? [...stays, ...exclusionsChanged(entry, old, next)] : stays;
}

type Bare = Omit<RuleChange, "entry" | "patterns">;

const nothing = "nothing";

function rightsChanged(old: PermissionSet | undefined, next: PermissionSet | undefined): Bare[] {
  const [was, will] = [rightsOf(old), rightsOf(next)];
  return [...new Set([...was.keys(), ...will.keys()])].sort().flatMap((subject): Bare[] => {
    const [before, after] = [was.get(subject) ?? none, will.get(subject) ?? none];
    if (before.words === after.words) return [];
    const direction = after.strength > before.strength ? "gains" : "loses";
    return [{ subject, direction, before: before.words, after: after.words }];
  });
}

interface Given {
  readonly words: string;
  /** Comparable: what is denied is less than nothing, and what ends less than what does not. */
  readonly strength: number;
}
const none: Given = { words: nothing, strength: 0 };

/** The right of each subject by this set alone: what is denied goes before what is given. */
function rightsOf(set: PermissionSet | undefined): Map<string, Given> {
  const rights = new Map<string, Given>();
  if (!set) return rights;
  const { read, write, deny } = set;
  const kinds: [string, number, readonly Subject[]][] = [
    ["read", 1, read],
    ["read and push", 2, write],
    ["denied push", -1, deny.write],
    ["denied everything", -2, deny.read],
  ];
  for (const [words, strength, subjects] of kinds)
    for (const subject of subjects) {
      const end = endOf(subject);
      const until =
        typeof subject === "object" && subject.until !== undefined ? ` until ${subject.until}` : "";
      // less than a whole step nearer to nothing, and the less the later it ends
      const share = end === Number.POSITIVE_INFINITY ? 0 : 0.5 / (1 + Math.max(end, 0) / 1e13);
      rights.set(subjectName(subject), {
        words: `${words}${until}`,
        strength: strength - Math.sign(strength) * share,
      });
    }
  return rights;
}

/** Rules about branches, bookmarks and paths: who alone may push there. */
function placesChanged(old: PermissionSet | undefined, next: PermissionSet | undefined): Bare[] {
  // where a side has no rights at all, nobody could push there
  if (!old || !next) return [];
  return placeKinds.flatMap((kind) => {
    const [was, will] = [old[keyOfPlaces[kind]], next[keyOfPlaces[kind]]];
    return [...new Set([...Object.keys(was), ...Object.keys(will)])].sort().flatMap((pattern): Bare[] => {
      const [before, after] = [was[pattern], will[pattern]];
      const place = { [kind]: pattern };
      const everybody = (direction: "gains" | "loses"): Bare => ({
        ...place,
        subject: null,
        direction,
        before: direction === "gains" ? "no push" : "push",
        after: direction === "gains" ? "push" : "no push",
      });
      if (!before) return after ? [everybody("loses")] : [];
      if (!after) return [everybody("gains")];
      const only = (these: readonly string[], others: readonly string[]) =>
        these.filter((group) => !others.includes(group));
      return [
        ...only(before, after).map(
          (subject): Bare => ({ ...place, subject, direction: "loses", before: "push", after: "no push" }),
        ),
        ...only(after, before).map(
          (subject): Bare => ({ ...place, subject, direction: "gains", before: "no push", after: "push" }),
        ),
      ];
    });
  });
}

/** What a set must not cover any longer, or must now: its subjects lose or gain there all that it gives. */
function exclusionsChanged(entry: string, old: PermissionSet, next: PermissionSet): RuleChange[] {
  const [was, will] = [old, next].map((set) => set.repositories.filter((pattern) => pattern.startsWith("!")));
  const among = (set: PermissionSet, patterns: readonly string[], excluded: boolean): RuleChange[] => {
    if (patterns.length === 0) return [];
    return [...rightsOf(set)].map(([subject, { words, strength }]) => ({
      entry,
      patterns: patterns.map((pattern) => pattern.slice(1)),
      subject,
      direction: strength > 0 === excluded ? "loses" : "gains",
      before: excluded ? words : nothing,
      after: excluded ? nothing : words,
    }));
  };
  const only = (these: readonly string[] = [], others: readonly string[] = []) =>
    these.filter((pattern) => !others.includes(pattern));
  return [...among(old, only(will, was), true), ...among(next, only(was, will), false)];
}

const positive = (set: PermissionSet | undefined): string[] =>
  set?.repositories.filter((pattern) => !pattern.startsWith("!")) ?? [];
