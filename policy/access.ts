/**
 * Who may do what where: the same rules that the access file holds as rows, as a function. A subject is an account, or a
 * group as `connector/group`; its twins are one of their own (twin.ts).
 */

import { coverage } from "../model/coverage.ts";
import { keyOfPlaces, placeKinds } from "../model/environment/permission-set.ts";
import type { Right } from "../model/environment/right.ts";
import { endOf, type Subject, subjectName } from "../model/environment/subject.ts";
import type { Release } from "../model/release.ts";
import type { Time } from "../model/time.ts";
import { keyOfPlace, type Place, placesAround } from "./places.ts";
import { deniedBy } from "./twin.ts";

/** What restricts pushes to all of a place: each of the rules must name one of the groups that somebody is in. */
export interface Restriction {
  readonly place: Place;
  readonly rules: readonly ReadonlySet<string>[];
}

/** All that permission sets say about one repository. No rule, no right; no restriction, no limit to it. */
export interface RepositoryRules {
  /** The strongest right that each subject is given. */
  readonly given: ReadonlyMap<string, Right>;
  /** The weakest right that each subject is denied: who may not read may not write. */
  readonly denied: ReadonlyMap<string, Right>;
  /** Of each place that a rule is about, in the order of their keys. */
  readonly restrictions: readonly Restriction[];
  /** Of any place: by the rules about it, and about places within which it is certain to lie. */
  at(place: Place): Restriction;
}

export interface AccessRules {
  inRepository(repository: string): RepositoryRules;
  /** Every subject that a rule names. Who is none of them and in none has no right, and loses none. */
  readonly subjects: ReadonlySet<string>;
}

/** The access rules of a release at a time: what has ended by then is no rule. */
export function accessRules({ permissions }: Pick<Release, "permissions">, now: Time): AccessRules {
  const living = (subjects: readonly Subject[]) =>
    subjects.filter((subject) => endOf(subject) > now).map(subjectName);
  const sets = Object.values(permissions).map((set) => ({
    repositories: set.repositories,
    read: living(set.read),
    write: living(set.write),
    denyRead: living(set.deny.read).flatMap(deniedBy),
    denyWrite: living(set.deny.write).flatMap(deniedBy),
    restrictions: placeKinds.flatMap((kind) =>
      Object.entries(set[keyOfPlaces[kind]]).map(([pattern, groups]) => {
        const place: Place = { [kind]: pattern };
        return { key: keyOfPlace(place), place, groups: new Set(groups) };
      }),
    ),
  }));
  const covering = coverage(sets);
  const places = new Map(
    sets.flatMap(({ restrictions }) => restrictions.map(({ key, place }) => [key, place])),
  );
  const around = placesAround([...places.values()]);
  return {
    subjects: new Set(
      sets.flatMap(({ read, write, denyRead, denyWrite, restrictions }) => [
        ...[...read, ...write, ...denyRead, ...denyWrite],
        ...restrictions.flatMap(({ groups }) => [...groups]),
      ]),
    ),
    inRepository(repository) {
      const [given, denied] = [new Map<string, Right>(), new Map<string, Right>()];
      const rules = new Map<string, ReadonlySet<string>[]>();
      for (const set of covering(repository)) {
        for (const subject of set.read) if (!given.has(subject)) given.set(subject, "read");
        for (const subject of set.write) given.set(subject, "write");
        for (const subject of set.denyWrite) if (!denied.has(subject)) denied.set(subject, "write");
        for (const subject of set.denyRead) denied.set(subject, "read");
        for (const { key, groups } of set.restrictions) {
          const there = rules.get(key);
          if (there) there.push(groups);
          else rules.set(key, [groups]);
        }
      }
      const at = (place: Place) => ({ place, rules: around(place).flatMap((key) => rules.get(key) ?? []) });
      const restrictions = [...rules.keys()].sort().flatMap((key) => {
        const place = places.get(key);
        return place ? [at(place)] : [];
      });
      return { given, denied, restrictions, at };
    },
  };
}

/** The right of somebody who is these subjects, an account and its groups: what is denied goes before what is given. */
export function rightOf(subjects: Iterable<string>, { given, denied }: RepositoryRules): Right | null {
  let best: Right | null = null;
  let mayWrite = true;
  for (const subject of subjects) {
    const refused = denied.get(subject);
    if (refused === "read") return null;
    if (refused === "write") mayWrite = false;
    const right = given.get(subject);
    if (right === "write") best = right;
    else best ??= right ?? null;
  }
  return best === "write" && !mayWrite ? "read" : best;
}

/** The right at a place: that on the repository, but no push without a group of every rule about the place. */
export function rightAt(
  subjects: ReadonlySet<string>,
  right: Right | null,
  { rules }: Restriction,
): Right | null {
  if (right !== "write") return right;
  const named = (rule: ReadonlySet<string>) => [...subjects].some((subject) => rule.has(subject));
  return rules.every(named) ? right : "read";
}
