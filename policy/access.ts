/** Who may do what where: the same rules that the access file holds as rows, as a function. */
import { compilePattern } from "../model/pattern.ts";
import type { Release } from "../model/release.ts";

export type Right = "read" | "write";

/** The rights that groups have in one repository, by `connector/group`. */
export type GroupRights = ReadonlyMap<string, Right>;

export interface AccessRules {
  /** The rights that permission sets give in a repository. No rule, no right. */
  inRepository(repository: string): GroupRights;
}

/** The access rules of a release. */
export function accessRules(release: Pick<Release, "permissions">): AccessRules {
  const sets = Object.values(release.permissions).map(({ repositories, read, write }) => {
    const patterns = repositories
      .map(compilePattern)
      .map(({ regex, negated }) => ({ test: new RegExp(regex), negated }));
    return {
      read,
      write,
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
