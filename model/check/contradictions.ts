/**
 * Rules that cannot both be meant: one branch, bookmark or path for different groups, or one right both given and denied
 * to one subject, in a repository that both sets cover.
 */
import { coverage } from "../coverage.ts";
import type { Path } from "../document.ts";
import { keyOfPlaces, type PermissionSet, placeKinds } from "../environment/permission-set.ts";
import { type Subject, subjectName } from "../environment/subject.ts";
import { formatPosition, type Position } from "../problem.ts";
import type { Report } from "./context.ts";

/**
 * Reports the rules that contradict each other, the later one of each pair. Between sets, one repository is tried for each
 * pattern, so nothing is reported that cannot happen. Not found are sets whose patterns only cross (`core/a*`, `core/*b`);
 * there a push must satisfy both rules, and what is denied goes before what is given.
 *
 * @param resolve the one form of a group's name
 */
export function checkContradictions(
  permissions: Readonly<Record<string, PermissionSet>>,
  resolve: (group: string) => string,
  locate: (path: Path) => Position,
  report: Report,
): void {
  const sets = contested(
    Object.entries(permissions).map(([name, set]) => ({
      repositories: set.repositories,
      rules: rulesOf(name, set, resolve),
    })),
  );
  const reported = new Set<Rule>();
  const tell = (disagreeing: readonly [first: Rule, other: Rule][], where: string) => {
    for (const [first, other] of disagreeing) {
      if (reported.has(other)) continue;
      reported.add(other);
      const inOne = first.set === other.set;
      const there = `in ${inOne ? "this set" : `permission set "${first.set}"`} (${formatPosition(locate(first.path))})`;
      const [words, expected] = describe(other, first, there);
      report(other.path, "contradiction", `${words}${inOne ? "" : where} (expected ${expected})`);
    }
  };
  for (const set of sets) tell(disagreements([set]), "");
  const covering = coverage(sets);
  for (const repository of new Set(sets.flatMap(({ repositories }) => repositories.map(example))))
    tell(disagreements(covering(repository)), `, and both cover repositories such as ${repository}`);
}

/** What a set says about one thing: whom a place is for, or whether a subject has a right. */
interface Rule {
  readonly kind: "place" | "right";
  /** `branch "stable"`, or `read` and a subject. */
  readonly about: string;
  readonly says: string;
  readonly set: string;
  readonly path: Path;
}

interface Ruled {
  readonly repositories: readonly string[];
  readonly rules: readonly Rule[];
}

/** Write includes read: who is given write is given both, and to deny read denies both. */
function rulesOf(set: string, permissions: PermissionSet, resolve: (group: string) => string): Rule[] {
  const rules: Rule[] = [];
  for (const kind of placeKinds) {
    const key = keyOfPlaces[kind];
    for (const [place, groups] of Object.entries(permissions[key])) {
      const says = [...new Set(groups.map(resolve))].sort().join(", ");
      rules.push({
        kind: "place",
        about: `${kind} "${place}"`,
        says,
        set,
        path: ["permissions", set, key, place],
      });
    }
  }
  const add = (subjects: readonly Subject[], says: string, right: string, ...keys: string[]) =>
    subjects.forEach((subject, index) => {
      const path = ["permissions", set, ...keys, index];
      rules.push({ kind: "right", about: `${right} ${nameOf(subject, resolve)}`, says, set, path });
    });
  const { read, write, deny } = permissions;
  add(read, "given", "read", "read");
  add(write, "given", "read", "write");
  add(write, "given", "write", "write");
  add(deny.read, "denied", "read", "deny", "read");
  add(deny.write, "denied", "write", "deny", "write");
  return rules;
}

/** The one name of a subject, whatever it is called in the file. */
export function nameOf(subject: Subject, resolve: (group: string) => string): string {
  return typeof subject === "object" && subject.account !== undefined
    ? `account ${subject.account}`
    : resolve(subjectName(subject));
}

function describe(rule: Rule, other: Rule, there: string): [words: string, expected: string] {
  if (rule.kind === "place")
    return [
      `${rule.about} is for ${rule.says} here and for ${other.says} ${there}`,
      "the same groups in both",
    ];
  const [right] = rule.about.split(" ", 1);
  const subject = rule.about.slice(`${right} `.length);
  return [`${subject} is ${rule.says} ${right} here and ${other.says} it ${there}`, "one of the two"];
}

/** The sets with only those of their rules about which not all sets say the same. */
function contested(sets: readonly Ruled[]): Ruled[] {
  const things = new Set(disagreements(sets).map(([{ about }]) => about));
  return sets.flatMap(({ repositories, rules }) => {
    const those = rules.filter(({ about }) => things.has(about));
    return those.length > 0 ? [{ repositories, rules: those }] : [];
  });
}

/** The rules that say something else than the first one about the same, each behind that first one. */
function disagreements(sets: readonly Ruled[]): [first: Rule, other: Rule][] {
  const firsts = new Map<string, Rule>();
  const found: [Rule, Rule][] = [];
  for (const { rules } of sets)
    for (const rule of rules) {
      const first = firsts.get(rule.about);
      if (!first) firsts.set(rule.about, rule);
      else if (first.says !== rule.says) found.push([first, rule]);
    }
  return found;
}

/** A repository that a pattern matches; the only one where it has no wildcards. */
function example(pattern: string): string {
  return pattern.replace(/^!/, "").replace(/\*+|\?/g, "x");
}
