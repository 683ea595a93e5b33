/** Impact: the difference in access between two releases, over the people and repositories that are there. */

import type { Right } from "../model/environment/right.ts";
import type { Release } from "../model/release.ts";
import type { Time } from "../model/time.ts";
import { accessRules, type RepositoryRules, type Restriction, rightAt, rightOf } from "./access.ts";
import { alike } from "./alike.ts";
import { keyOfPlace, type Place } from "./places.ts";
import type { Population } from "./population.ts";

/** With a place, the rights are those there: `write` is push, and the repository's own right stays. */
export interface RightChange extends Place {
  readonly account: string;
  readonly repository: string;
  readonly before: Right | null;
  readonly after: Right | null;
}

/** A change that is the same for several accounts. */
export interface SharedChange {
  /** The same list wherever the same people are meant. */
  readonly accounts: readonly string[];
  /** Whether they are other subjects after it than before: it is not for the rules alone. */
  readonly moved: boolean;
  readonly repository: string;
  readonly place: Place;
  readonly before: Right | null;
  readonly after: Right | null;
}

/** One side of the comparison; nobody has access where no release is active. */
export interface Side {
  readonly release: Pick<Release, "permissions">;
  readonly population: Population;
}

/**
 * Every account whose right in a repository differs at a time, and every one whose write stays and whose push to a branch,
 * bookmark or path differs; by repository, account and place.
 */
export function accessChanges(
  before: Side,
  after: Side,
  repositories: readonly string[],
  now: Time,
): RightChange[] {
  return [...changesByRepository(before, after, repositories, now)].flatMap((changes) =>
    byAccount(changes).map(({ account, of: { repository, place, before, after } }) => ({
      account,
      repository,
      ...place,
      before,
      after,
    })),
  );
}

/** The same, for people who change alike at once: for each repository where somebody does. */
export function* changesByRepository(
  before: Side,
  after: Side,
  repositories: readonly string[],
  now: Time,
): Generator<SharedChange[]> {
  const [old, next] = [accessRules(before.release, now), accessRules(after.release, now)];
  const people = alike(
    [before.population, after.population],
    new Set([...old.subjects, ...next.subjects]),
  ).map(({ accounts, subjects: [was = none, will = none] }) => ({
    accounts,
    was,
    will,
    moved: !equal(was, will),
  }));
  const moving = people.filter(({ moved }) => moved);
  for (const repository of [...repositories].sort()) {
    const rules = { old: old.inRepository(repository), next: next.inRepository(repository) };
    // most releases leave most repositories as they are
    const concerned = fingerprint(rules.old) === fingerprint(rules.next) ? moving : people;
    if (concerned.length === 0) continue;
    const places = placesOf(rules.old, rules.next);
    const changes = concerned.flatMap(({ accounts, moved, was, will }) =>
      differences(was, rules.old, will, rules.next, places).map((change) => ({
        accounts,
        moved,
        repository,
        ...change,
      })),
    );
    if (changes.length > 0) yield changes;
  }
}

const none: ReadonlySet<string> = new Set();

type Difference = Pick<SharedChange, "place" | "before" | "after">;

function differences(
  was: ReadonlySet<string>,
  old: RepositoryRules,
  will: ReadonlySet<string>,
  next: RepositoryRules,
  places: readonly PlaceInBoth[],
): Difference[] {
  const [before, after] = [rightOf(was, old), rightOf(will, next)];
  if (before !== after) return [{ place: {}, before, after }];
  if (before !== "write") return [];
  return places.flatMap(({ place, restricted, restricts }) => {
    const could = rightAt(was, before, restricted);
    const can = rightAt(will, after, restricts);
    return could === can ? [] : [{ place, before: could, after: can }];
  });
}

/** A place that one of two sides has a rule about, and what restricts pushes there before and after. */
interface PlaceInBoth {
  readonly place: Place;
  readonly restricted: Restriction;
  readonly restricts: Restriction;
}

function placesOf(old: RepositoryRules, next: RepositoryRules): PlaceInBoth[] {
  const places = new Map(
    [...old.restrictions, ...next.restrictions].map(({ place }) => [keyOfPlace(place), place]),
  );
  return [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, place]) => ({ place, restricted: old.at(place), restricts: next.at(place) }));
}

/** Everyone's right in every repository at a time, and at a place where it is another, in a canonical order. */
export function accessList(
  { release, population }: Side,
  repositories: readonly string[],
  now: Time,
): (Place & { account: string; repository: string; right: Right })[] {
  const rules = accessRules(release, now);
  const people = alike([population], rules.subjects);
  return [...repositories].sort().flatMap((repository) => {
    const here = rules.inRepository(repository);
    const rights = people.flatMap(({ accounts, subjects: [subjects = none] }) => {
      const right = rightOf(subjects, here);
      if (!right) return [];
      const differing = here.restrictions.flatMap((restriction) => {
        const there = rightAt(subjects, right, restriction);
        return there && there !== right ? [{ accounts, place: restriction.place, right: there }] : [];
      });
      return [{ accounts, place: {}, right }, ...differing];
    });
    return byAccount(rights).map(({ account, of: { place, right } }) => ({
      account,
      repository,
      ...place,
      right,
    }));
  });
}

/** What several accounts share, for each of them; by account, and then in the order given. */
function byAccount<T extends { readonly accounts: readonly string[] }>(
  shared: readonly T[],
): { account: string; of: T }[] {
  return shared
    .flatMap((of) => of.accounts.map((account) => ({ account, of })))
    .sort((a, b) => (a.account < b.account ? -1 : a.account > b.account ? 1 : 0));
}

function fingerprint({ given, denied, restrictions }: RepositoryRules): string {
  return JSON.stringify([
    [...given].sort(),
    [...denied].sort(),
    restrictions.map(({ place, rules }) => [place, rules.map((groups) => [...groups].sort()).sort()]),
  ]);
}

function equal(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}
