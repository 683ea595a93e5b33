/** Impact: the difference in access between two releases, over the people and repositories that are there. */

import type { Release } from "../model/release.ts";
import { accessRules, type Right, rightOf } from "./access.ts";
import type { Population } from "./population.ts";

export interface AccessChange {
  readonly account: string;
  readonly repository: string;
  readonly before: Right | null;
  readonly after: Right | null;
}

/** One side of the comparison; nobody has access where no release is active. */
export interface Side {
  readonly release: Pick<Release, "permissions">;
  readonly population: Population;
}

/** Every account whose right in a repository differs, by repository and account. */
export function accessChanges(before: Side, after: Side, repositories: readonly string[]): AccessChange[] {
  const rules = [accessRules(before.release), accessRules(after.release)] as const;
  const accounts = [
    ...new Set([...before.population.accounts.keys(), ...after.population.accounts.keys()]),
  ].sort();
  return [...repositories].sort().flatMap((repository) => {
    const rights = [rules[0].inRepository(repository), rules[1].inRepository(repository)] as const;
    return accounts.flatMap((account) => {
      const was = rightOf(before.population.accounts.get(account)?.groups ?? [], rights[0]);
      const will = rightOf(after.population.accounts.get(account)?.groups ?? [], rights[1]);
      return was === will ? [] : [{ account, repository, before: was, after: will }];
    });
  });
}

/** Everyone's right in every repository, in a canonical order. */
export function accessList(
  side: Side,
  repositories: readonly string[],
): { account: string; repository: string; right: Right }[] {
  const nobody: Side = { release: { permissions: {} }, population: { accounts: new Map(), failures: [] } };
  return accessChanges(nobody, side, repositories).flatMap(({ account, repository, after }) =>
    after ? [{ account, repository, right: after }] : [],
  );
}
