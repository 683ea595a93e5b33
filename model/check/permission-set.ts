/** What a permission set says twice, or takes back. */
import type { Path } from "../document.ts";
import type { PermissionSet } from "../environment/permission-set.ts";
import { type Subject, subjectName } from "../environment/subject.ts";
import { isLiteral } from "../glob.ts";
import { patternGlob } from "../pattern.ts";
import type { Report } from "./context.ts";
import { nameOf } from "./contradictions.ts";

/**
 * Reports a group or account that is named twice in a list, and a pattern that covers nothing since another one excludes it again.
 *
 * @param path of the set
 * @param resolve the one form of a group's name
 */
export function checkPermissionSet(
  path: Path,
  set: PermissionSet,
  resolve: (group: string) => string,
  report: Report,
): void {
  checkOnce([...path, "read"], set.read, resolve, report);
  checkOnce([...path, "write"], set.write, resolve, report);
  checkOnce([...path, "deny", "read"], set.deny.read, resolve, report);
  checkOnce([...path, "deny", "write"], set.deny.write, resolve, report);

  const exclusions = set.repositories
    .filter((pattern) => pattern.startsWith("!"))
    .map((pattern) => ({ pattern, glob: patternGlob(pattern) }));
  set.repositories.forEach((pattern, index) => {
    if (pattern.startsWith("!")) return;
    // what a pattern with wildcards covers is only certain to be excluded by the same pattern
    const isOne = isLiteral(pattern);
    const exclusion = exclusions.find(
      (other) => other.pattern === `!${pattern}` || (isOne && other.glob.matches(pattern)),
    );
    if (exclusion)
      report(
        [...path, "repositories", index],
        "no-effect",
        `"${exclusion.pattern}" excludes all of "${pattern}" again (expected one of the two)`,
      );
  });
}

function checkOnce(
  path: Path,
  subjects: readonly Subject[],
  resolve: (group: string) => string,
  report: Report,
): void {
  const before = new Map<string, Subject>();
  subjects.forEach((subject, index) => {
    const name = nameOf(subject, resolve);
    const other = before.get(name);
    // the same text twice is a mistake of the list, whatever it is a list of
    if (other !== undefined && (other !== subject || typeof other !== "string"))
      report(
        [...path, index],
        "duplicate-item",
        `${quoted(subject)} is ${quoted(other)} again (expected each ${name.startsWith("account ") ? "account" : "group"} once)`,
      );
    before.set(name, subject);
  });
}

const quoted = (subject: Subject) => `"${subjectName(subject)}"`;
