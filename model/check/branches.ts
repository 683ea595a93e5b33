/**
 * Branch rules: who, among those with write, may push to a Mercurial named branch. Every rule that covers a repository
 * holds there, so two sets that cover one repository must not name different groups for one branch.
 */
import { z } from "zod";
import type { Path } from "../document.ts";
import type { PermissionSet } from "../environment/permission-set.ts";
import { basesOf, type CompiledPattern, compilePattern } from "../pattern.ts";
import { formatPosition, type Position } from "../problem.ts";

// not more than `hg branch` takes (mercurial/scmutil.py, checknewlabel)
const reserved = ["tip", ".", "null"];

/** The name of one branch. What looks like a pattern is refused, since nobody would mean it literally. */
export const BranchName = z
  .string()
  .refine((name) => !/[*?]|^!/.test(name), {
    error: "not a branch (expected one name: branch rules have no patterns)",
    abort: true,
  })
  .refine(
    (name) =>
      /^[^:\p{Cc}\p{Cs}]{1,255}$/u.test(name) &&
      name.trim() === name &&
      !/^[+-]?\d+$/.test(name) &&
      !reserved.includes(name),
    { error: "not a branch (expected a name that hg branch takes, such as stable)" },
  );

/**
 * Reports the rules that contradict each other: one branch, different groups, one repository that both sets cover. One
 * repository is tried for each pattern, so nothing is reported that cannot happen. Not found are sets whose patterns only
 * cross (`core/a*`, `core/*b`); there a push must satisfy both rules.
 *
 * @param resolve the one form of a group's name
 */
export function checkBranchRules(
  permissions: Readonly<Record<string, PermissionSet>>,
  resolve: (group: string) => string,
  locate: (path: Path) => Position,
  report: (path: Path, message: string) => void,
): void {
  const restricting = Object.entries(permissions)
    .filter(([, { branches }]) => Object.keys(branches).length > 0)
    .map(([name, { repositories, branches }]) => ({
      name,
      patterns: repositories.map(compilePattern),
      examples: repositories.map(example),
      rules: Object.entries(branches).map(([branch, groups]) => ({
        branch,
        groups: [...new Set(groups.map(resolve))].sort().join(", "),
        set: name,
        path: ["permissions", name, "branches", branch],
      })),
    }));
  const contested = new Set(disagreements(restricting).map(([{ branch }]) => branch));
  const sets = restricting.filter(({ rules }) => rules.some(({ branch }) => contested.has(branch)));
  const near = neighbours(sets);
  const reported = new Set<object>();
  for (const repository of new Set(sets.flatMap(({ examples }) => examples))) {
    const candidates = near(repository);
    if (candidates.length < 2) continue;
    for (const [first, rule] of disagreements(candidates.filter((set) => covers(set, repository)))) {
      if (reported.has(rule)) continue;
      reported.add(rule);
      report(
        rule.path,
        `branch "${rule.branch}" is for ${rule.groups} here and for ${first.groups} in permission set "${first.set}" (${formatPosition(locate(first.path))}), and both cover repositories such as ${repository} (expected the same groups in both)`,
      );
    }
  }
}

interface Rule {
  readonly branch: string;
  readonly groups: string;
  readonly set: string;
  readonly path: Path;
}

interface Restricting {
  readonly patterns: readonly CompiledPattern[];
  readonly rules: readonly Rule[];
}

/** The rules for one branch that name other groups than the first one for it, each behind that first one. */
function disagreements(sets: readonly Restricting[]): [first: Rule, other: Rule][] {
  const firsts = new Map<string, Rule>();
  return sets.flatMap(({ rules }) =>
    rules.flatMap((rule): [Rule, Rule][] => {
      const first = firsts.get(rule.branch);
      if (!first) firsts.set(rule.branch, rule);
      return first && first.groups !== rule.groups ? [[first, rule]] : [];
    }),
  );
}

/** A function that finds the sets, in their order, with a pattern whose base leads to a repository. */
function neighbours<T extends Restricting>(sets: readonly T[]): (repository: string) => T[] {
  const filed = new Map<string, Set<number>>();
  sets.forEach(({ patterns }, index) => {
    for (const { base } of patterns) filed.set(base, (filed.get(base) ?? new Set()).add(index));
  });
  return (repository) =>
    [...new Set(basesOf(repository).flatMap((base) => [...(filed.get(base) ?? [])]))]
      .sort((a, b) => a - b)
      .flatMap((index) => sets[index] ?? []);
}

function covers({ patterns }: Restricting, repository: string): boolean {
  const matching = patterns.filter(({ regex }) => new RegExp(regex).test(repository));
  return matching.length > 0 && matching.every(({ negated }) => !negated);
}

/** A repository that a pattern matches; the only one where it has no wildcards. */
function example(pattern: string): string {
  return pattern.replace(/^!/, "").replace(/\*+|\?/g, "x");
}
