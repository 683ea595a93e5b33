/** Parts of a release that have no effect on the host as it is: mostly a misspelt name, or what was left behind. */

import { endOf, type Subject, subjectName } from "../model/environment/subject.ts";
import type { GroupIndex } from "../model/groups.ts";
import { foldName, spelt } from "../model/name.ts";
import { basesOf, patternGlob, patternParts } from "../model/pattern.ts";
import type { Release } from "../model/release.ts";
import type { Time } from "../model/time.ts";

type Permissions = Pick<Release, "permissions">;

/** Every pattern of repositories that matches none, with the entry that it is of: `permissions.core: "core/x/**"`. */
export function unmatchedPatterns({ permissions }: Permissions, repositories: readonly string[]): string[] {
  const byBase = new Map<string, Set<string>>();
  for (const repository of repositories)
    for (const base of basesOf(repository)) {
      const below = byBase.get(base);
      if (below) below.add(repository);
      else byBase.set(base, new Set([repository]));
    }
  return inOrder(permissions).flatMap(([name, set]) =>
    set.repositories
      .filter((pattern) => {
        const glob = patternGlob(pattern);
        const near = byBase.get(patternParts(pattern).base) ?? [];
        return ![...near].some((repository) => glob.matches(repository));
      })
      .map((pattern) => `permissions.${name}: ${JSON.stringify(pattern)}`),
  );
}

/** Every rule that has ended by a time: `permissions.core: write of alice ended 2026-03-01T00:00:00Z`. */
export function endedRules({ permissions }: Permissions, now: Time): string[] {
  return inOrder(permissions).flatMap(([name, { read, write, deny }]) => {
    const ended = (subjects: readonly Subject[], words: string) =>
      subjects.flatMap((subject) =>
        typeof subject === "object" && endOf(subject) <= now
          ? [`permissions.${name}: ${words} of ${subjectName(subject)} ended ${subject.until}`]
          : [],
      );
    return [
      ...ended(read, "read"),
      ...ended(write, "write"),
      ...ended(deny.read, "denied read"),
      ...ended(deny.write, "denied write"),
    ];
  });
}

/**
 * Every stored group that gives nothing by a selection that it almost meets, or that another group of the name meets:
 * `connectors.okta.groups: "hg_x" counts for nothing, but almost is "hg-x"`.
 */
export function nearMisses(
  groups: GroupIndex,
  stored: readonly { readonly connector: string; readonly displayName: string; readonly isTwin: boolean }[],
): string[] {
  const keyOf = (connector: string, name: string) => `${connector}/${foldName(name)}`;
  const there = new Set(stored.map(({ connector, displayName }) => keyOf(connector, displayName)));
  const lines = stored.flatMap(({ connector, displayName, isTwin }) => {
    const group = `connectors.${connector}.groups: ${spelt(displayName)}`;
    if (groups.find(connector, displayName))
      return isTwin ? `${group} gives nothing, since its name is another group's too` : [];
    const near = groups.findNear(connector, displayName);
    // where the declared one is there, one that is spelt another way is another one
    const isMeant = near && (near.looksAlike || !there.has(keyOf(connector, near.text)));
    return isMeant ? `${group} counts for nothing, but almost is ${spelt(near.text)}` : [];
  });
  return lines.sort();
}

const inOrder = (permissions: Permissions["permissions"]) =>
  Object.entries(permissions).sort(([a], [b]) => (a < b ? -1 : 1));
