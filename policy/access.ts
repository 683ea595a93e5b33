/** Who may do what where: the same rules that the access file holds as rows, as a function. */
import { compilePattern } from "../model/pattern.ts";
import type { Release } from "../model/release.ts";

export type Right = "read" | "write";

/** The rights that groups have in one repository, by `connector/group`. */
export type GroupRights = ReadonlyMap<string, Right>;

/** The branches that rules cover in one repository, each with the groups of every rule that does, by `connector/group`. */
export type BranchRules = ReadonlyMap<string, readonly ReadonlySet<string>[]>;

export interface AccessRules {
  /** The rights that permission sets give in a repository. No rule, no right. */
  inRepository(repository: string): GroupRights;
  /** The rules that restrict pushes to branches of a repository. No rule, no restriction. */
  ofBranches(repository: string): BranchRules;
}

/** The access rules of a release. */
export function accessRules(release: Pick<Release, "permissions">): AccessRules {
  const sets = Object.values(release.permissions).map(({ repositories, read, write, branches }) => {
    const patterns = repositories
      .map(compilePattern)
      .map(({ regex, negated }) => ({ test: new RegExp(regex), negated }));
    return {
      read,
      write,
      branches: Object.entries(branches).map(([branch, groups]) => ({ branch, groups: new Set(groups) })),
      covers: (repository: string) => {
        const matching = patterns.filter(({ test }) => test.test(repository));
        return matching.length > 0 && matching.every(({ negated }) => !negated);
      },
    };
  });
  return {
    inRepository(repository) {
      const rights = new Map<string, Right>();
      for (const set of sets) {
        if (!set.covers(repository)) continue;
        for (const group of set.read) if (!rights.has(group)) rights.set(group, "read");
        for (const group of set.write) rights.set(group, "write");
      }
      return rights;
    },
    ofBranches(repository) {
      const rules = new Map<string, ReadonlySet<string>[]>();
      for (const set of sets) {
        if (set.branches.length === 0 || !set.covers(repository)) continue;
        for (const { branch, groups } of set.branches)
          rules.set(branch, [...(rules.get(branch) ?? []), groups]);
      }
      return rules;
    },
  };
}

/** The strongest right that membership in these groups gives, or null. */
export function rightOf(groups: Iterable<string>, rights: GroupRights): Right | null {
  let best: Right | null = null;
  for (const group of groups) {
    const right = rights.get(group);
    if (right === "write") return right;
    best = right ?? best;
  }
  return best;
}

/**
 * The right on one branch that membership in these groups gives: that on the repository, but no push without a group of
 * every rule that covers the branch.
 */
export function branchRightOf(
  groups: ReadonlySet<string>,
  rights: GroupRights,
  branch: string,
  rules: BranchRules,
): Right | null {
  const right = rightOf(groups, rights);
  if (right !== "write") return right;
  const named = (rule: ReadonlySet<string>) => [...groups].some((group) => rule.has(group));
  return (rules.get(branch) ?? []).every(named) ? right : "read";
}
