/** Parts of a release that have no effect on the host as it is: mostly a misspelt name, or what was left behind. */

import { endOf, type Subject, subjectName } from "../model/environment/subject.ts";
import { type Group, type GroupIndex, groupIndex } from "../model/groups.ts";
import { foldName, spelt } from "../model/name.ts";
import { basesOf, patternGlob, patternParts } from "../model/pattern.ts";
import type { Release } from "../model/release.ts";
import type { Time } from "../model/time.ts";
import type { StoredGroup } from "./population.ts";

type Permissions = Pick<Release, "permissions">;
type GroupNames = Pick<Release, "connectors" | "permissions" | "constraints" | "settings">;

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

/**
 * Every group that an entry names and that its identity provider has not sent, with the entry:
 * `permissions.core: okta has sent no group "core-team"`. A derived group is sent by nobody, and is none of them.
 *
 * @param sent the groups that are stored
 * @param serves whether a connector is served already: before that nobody can send
 */
export function unsentGroups(
  release: GroupNames,
  sent: readonly Pick<StoredGroup, "connector" | "displayName">[],
  serves: (connector: string) => boolean,
): string[] {
  return missingGroups(release, sent, serves).map(
    ({ entry, connector, name }) => `${entry}: ${connector} has sent no group ${JSON.stringify(name)}`,
  );
}

/** A group that an entry names and that its identity provider has not sent. */
export interface MissingGroup extends Group {
  readonly entry: string;
}

/** What `unsentGroups` tells, as data. */
export function missingGroups(
  release: GroupNames,
  sent: readonly Pick<StoredGroup, "connector" | "displayName">[],
  serves: (connector: string) => boolean,
): MissingGroup[] {
  const groups = groupIndex(release.connectors);
  const there = new Set(sent.map(({ connector, displayName }) => groups.find(connector, displayName)?.key));
  return namedGroups(release).flatMap(([entry, names]) =>
    [...new Set(names)]
      .flatMap((name) => groups.resolve(name))
      .filter(
        ({ connector, name, key }) => serves(connector) && groups.find(connector, name) && !there.has(key),
      )
      .map((group) => ({ entry, ...group }))
      .sort((one, other) => (one.key < other.key ? -1 : 1)),
  );
}

/** The groups that each entry of a release names. */
function namedGroups({
  permissions,
  constraints,
  settings,
}: Omit<GroupNames, "connectors">): [string, string[]][] {
  const groupsAmong = (subjects: readonly Subject[]) =>
    subjects.flatMap((subject) =>
      typeof subject === "string" ? subject : "group" in subject ? subject.group : [],
    );
  return [
    ...inOrder(permissions).map(([name, set]): [string, string[]] => [
      `permissions.${name}`,
      [
        ...[set.read, set.write, set.deny.read, set.deny.write].flatMap(groupsAmong),
        ...[set.branches, set.bookmarks, set.paths].flatMap((rules) => Object.values(rules).flat()),
        ...(set.breakGlass?.who ?? []),
      ],
    ]),
    ...inOrder(constraints).map(([name, { protect, separate, trigger, keep }]): [string, string[]] => [
      `constraints.${name}`,
      [
        ...[protect, separate, trigger].flatMap((part) => part?.groups ?? []),
        ...(keep?.group === undefined ? [] : [keep.group]),
      ],
    ]),
    ["bounds.protected", settings.bounds?.protected ?? []],
  ];
}

const inOrder = <Entry>(section: Readonly<Record<string, Entry>>): [string, Entry][] =>
  Object.entries(section).sort(([a], [b]) => (a < b ? -1 : 1));
