/** Rules that change nothing, since another one says at least as much wherever they hold: mostly a mistake in one of the two. */
import type { Path } from "../document.ts";
import type { PermissionSet } from "../environment/permission-set.ts";
import type { Right } from "../environment/right.ts";
import { endOf, type Subject } from "../environment/subject.ts";
import { mayOverlap, widerPatterns } from "../pattern.ts";
import { formatPosition, type Position } from "../problem.ts";
import type { Report } from "./context.ts";
import { nameOf } from "./contradictions.ts";

/**
 * Reports each rule of which another one, that does not end by itself, says at least as much: in its own set, or in a set
 * that covers all that its set covers. Of two that say the same, the later one.
 *
 * @param resolve the one form of a group's name
 */
export function checkShadowed(
  permissions: Readonly<Record<string, PermissionSet>>,
  resolve: (group: string) => string,
  locate: (path: Path) => Position,
  report: Report,
): void {
  const filed = new Map<string, Rule[]>();
  const all = Object.entries(permissions).flatMap(([name, set], order) => rulesOf(name, order, set, resolve));
  for (const rule of all)
    if (!rule.ends)
      for (const pattern of rule.set.wanted) {
        const key = `${rule.about}\n${pattern}`;
        const there = filed.get(key);
        if (there) there.push(rule);
        else filed.set(key, [rule]);
      }
  // a set without exclusions covers most, and only so many others are looked at
  for (const rules of filed.values())
    rules.sort((a, b) => a.set.excluded.length - b.set.excluded.length || a.order - b.order).splice(most);

  for (const rule of all) {
    const [pattern] = rule.set.wanted;
    if (pattern === undefined) continue;
    const stronger = [pattern, ...widerPatterns(pattern)]
      .flatMap((wider) => filed.get(`${rule.about}\n${wider}`) ?? [])
      .find((other) => saysAsMuch(other, rule) && covers(other.set, rule.set));
    if (!stronger) continue;
    const place = formatPosition(locate(stronger.path));
    const where =
      stronger.set === rule.set
        ? `in this set (${place})`
        : `in permission set "${stronger.set.name}" (${place}), which covers all of this one`;
    report(
      rule.path,
      "shadowed",
      `${rule.subject} is ${rule.effect} ${rule.right} already: it is ${rule.effect} ${stronger.right} ${where} (expected one of the two)`,
    );
  }
}

// of sets that share a pattern and a subject
const most = 32;

interface Covered {
  readonly name: string;
  readonly wanted: readonly string[];
  readonly excluded: readonly string[];
}

interface Rule {
  readonly set: Covered;
  readonly order: number;
  readonly path: Path;
  readonly subject: string;
  readonly effect: "given" | "denied";
  readonly right: Right;
  readonly about: string;
  /** Whether it includes the other right. */
  readonly strong: boolean;
  readonly ends: boolean;
}

function rulesOf(
  name: string,
  order: number,
  { repositories, read, write, deny }: PermissionSet,
  resolve: (group: string) => string,
): Rule[] {
  const set = {
    name,
    wanted: repositories.filter((pattern) => !pattern.startsWith("!")),
    excluded: repositories.filter((pattern) => pattern.startsWith("!")),
  };
  const rules = (
    subjects: readonly Subject[],
    effect: Rule["effect"],
    right: Rule["right"],
    path: Path,
  ): Rule[] =>
    subjects.map((one, index) => {
      const subject = nameOf(one, resolve);
      return {
        set,
        order,
        path: ["permissions", name, ...path, index],
        subject,
        effect,
        right,
        about: `${effect} ${subject}`,
        strong: right === (effect === "given" ? "write" : "read"),
        ends: Number.isFinite(endOf(one)),
      };
    });
  return [
    ...rules(read, "given", "read", ["read"]),
    ...rules(write, "given", "write", ["write"]),
    ...rules(deny.read, "denied", "read", ["deny", "read"]),
    ...rules(deny.write, "denied", "write", ["deny", "write"]),
  ];
}

function saysAsMuch(other: Rule, rule: Rule): boolean {
  if (other === rule) return false;
  if (other.right !== rule.right) return other.strong;
  // a subject twice in one list is told as that
  if (other.set === rule.set) return false;
  // of two that are alike one stays
  return other.order < rule.order || rule.ends || !covers(rule.set, other.set);
}

/** Whether a set is certain to cover all that another one covers. */
function covers(wide: Covered, narrow: Covered): boolean {
  if (wide === narrow) return true;
  const wanted = new Set(wide.wanted);
  return (
    narrow.wanted.every((pattern) =>
      [pattern, ...widerPatterns(pattern)].some((wider) => wanted.has(wider)),
    ) &&
    wide.excluded.every(
      (exclusion) =>
        narrow.excluded.includes(exclusion) ||
        narrow.wanted.every((pattern) => !mayOverlap(exclusion, pattern)),
    )
  );
}
