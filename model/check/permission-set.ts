/**
 * What a permission set says that contradicts itself, or says twice. Between sets nothing does: the strongest right counts.
 * A group under read and write is no contradiction either: write includes read.
 */
import type { Path } from "../document.ts";
import type { PermissionSet } from "../environment/permission-set.ts";
import { compilePattern } from "../pattern.ts";

/**
 * Reports a group that is named twice, and a pattern that covers nothing since another one excludes it again.
 *
 * @param path of the set
 * @param resolve the one form of a group's name
 */
export function checkPermissionSet(
  path: Path,
  set: PermissionSet,
  resolve: (group: string) => string,
  report: (path: Path, message: string) => void,
): void {
  for (const right of ["read", "write"] as const) {
    const before = new Map<string, string>();
    set[right].forEach((group, index) => {
      const other = before.get(resolve(group));
      // the same text twice is a mistake of the list, whatever it is a list of
      if (other !== undefined && other !== group)
        report([...path, right, index], `"${group}" is "${other}" again (expected each group once)`);
      before.set(resolve(group), group);
    });
  }

  const exclusions = set.repositories
    .filter((pattern) => pattern.startsWith("!"))
    .map((pattern) => ({ pattern, test: new RegExp(compilePattern(pattern).regex) }));
  set.repositories.forEach((pattern, index) => {
    if (pattern.startsWith("!")) return;
    // what a pattern with wildcards covers is only certain to be excluded by the same pattern
    const isOne = !/[*?]/.test(pattern);
    const exclusion = exclusions.find(
      (other) => other.pattern === `!${pattern}` || (isOne && other.test.test(pattern)),
    );
    if (exclusion)
      report(
        [...path, "repositories", index],
        `"${exclusion.pattern}" excludes all of "${pattern}" again (expected one of the two)`,
      );
  });
}
