/** Impact: the difference in access between two releases, over the people and repositories that are there. */

import type { Release } from "../model/release.ts";
import { accessRules, branchRightOf, type Right, rightOf } from "./access.ts";
import type { Population } from "./population.ts";

export interface AccessChange {
  readonly account: string;
  readonly repository: string;
  /** With it, the rights are those on this branch: `write` is push, and the repository's own right stays. */
  readonly branch?: string;
  readonly before: Right | null;
  readonly after: Right | null;
}

/** One side of the comparison; nobody has access where no release is active. */
export interface Side {
  readonly release: Pick<Release, "permissions">;
  readonly population: Population;
}

/**
 * Every account whose right in a repository differs, and every one whose write stays and whose push to a branch differs;
 * by repository, account and branch.
 */
export function accessChanges(before: Side, after: Side, repositories: readonly string[]): AccessChange[] {
  const [old, next] = [accessRules(before.release), accessRules(after.release)];
  const accounts = [
    ...new Set([...before.population.accounts.keys(), ...after.population.accounts.keys()]),
  ].sort();
  return [...repositories].sort().flatMap((repository) => {
    const [oldRights, nextRights] = [old.inRepository(repository), next.inRepository(repository)];
    const [oldRules, nextRules] = [old.ofBranches(repository), next.ofBranches(repository)];
    const branches = [...new Set([...oldRules.keys(), ...nextRules.keys()])].sort();
    return accounts.flatMap((account): AccessChange[] => {
      const [had, has] = [groupsOf(before, account), groupsOf(after, account)];
      const [was, will] = [rightOf(had, oldRights), rightOf(has, nextRights)];
      if (was !== will) return [{ account, repository, before: was, after: will }];
      if (was !== "write") return [];
      return branches.flatMap((branch) => {
        const could = branchRightOf(had, oldRights, branch, oldRules);
        const can = branchRightOf(has, nextRights, branch, nextRules);
        return could === can ? [] : [{ account, repository, branch, before: could, after: can }];
      });
    });
  });
}

/** Everyone's right in every repository, and on a branch where it is another, in a canonical order. */
export function accessList(
  side: Side,
  repositories: readonly string[],
): { account: string; repository: string; branch?: string; right: Right }[] {
  const rules = accessRules(side.release);
  const accounts = [...side.population.accounts.keys()].sort();
  return [...repositories].sort().flatMap((repository) => {
    const [rights, branchRules] = [rules.inRepository(repository), rules.ofBranches(repository)];
    const branches = [...branchRules.keys()].sort();
    return accounts.flatMap((account) => {
      const groups = groupsOf(side, account);
      const right = rightOf(groups, rights);
      if (!right) return [];
      const differing = branches.flatMap((branch) => {
        const there = branchRightOf(groups, rights, branch, branchRules);
        return there && there !== right ? [{ account, repository, branch, right: there }] : [];
      });
      return [{ account, repository, right }, ...differing];
    });
  });
}

function groupsOf({ population }: Side, account: string): ReadonlySet<string> {
  return population.accounts.get(account)?.groups ?? new Set();
}
