/**
 * Which questions about access together ask everything that a release says: of each part of the repositories that the same permission
 * sets cover, one; and there, of all people between whom no rule makes a difference, one. With what the rules answer.
 */
import { coverage } from "../model/coverage.ts";
import { placeKinds } from "../model/environment/permission-set.ts";
import type { Release } from "../model/release.ts";
import type { Time } from "../model/time.ts";
import { type AccessRules, accessRules, type RepositoryRules, rightOf } from "./access.ts";
import { coversName } from "./places.ts";

/** Somebody who is asked about: an account, and all that rules may call it by. */
export interface Sampled {
  readonly account: string;
  /** The account itself, and its groups. */
  readonly subjects: readonly string[];
}

/** Who is asked about. */
export interface SampledPeople {
  /** Those who are let in, where a rule says so. */
  readonly letIn: Iterable<Sampled>;
  /** Accounts of which nobody is let in anywhere. */
  readonly strangers: readonly string[];
}

/** A question, and its answer by the rules. */
export interface AccessQuestion {
  readonly account: string;
  readonly repository: string;
  readonly read: boolean;
  readonly write: boolean;
  /** Names in the repository, of which whoever may write there pushes to some. */
  readonly places: readonly { readonly kind: string; readonly name: string; readonly push: boolean }[];
}

export interface AccessSample {
  readonly questions: readonly AccessQuestion[];
  /** Whether there would be more of them than are asked. */
  readonly isCut: boolean;
}

/** In so many repositories strangers are asked about. */
const mostOfStrangers = 20;

/** Of one repository no more sets of groups are looked at, and no more places asked about. */
const mostInRepository = 1_000;
const mostPlaces = 20;

/**
 * The questions, each with its answer.
 *
 * @param most questions that are asked
 */
export function sampleAccess(
  release: Pick<Release, "permissions">,
  { letIn, strangers }: SampledPeople,
  repositories: readonly string[],
  { now, most }: { readonly now: Time; readonly most: number },
): AccessSample {
  const rules = accessRules(release, now);
  const kinds = kindsOf(letIn, rules);
  const bySubject = new Map<string, Sampled[]>();
  for (const one of kinds)
    for (const subject of one.subjects) {
      const there = bySubject.get(subject);
      if (there) there.push(one);
      else bySubject.set(subject, [one]);
    }
  const questions: AccessQuestion[] = [];
  let isCut = false;
  const asking = oneOfEach(release, repositories);
  for (const account of strangers)
    for (const repository of asking.slice(0, mostOfStrangers))
      questions.push({ account, repository, read: false, write: false, places: [] });
  for (const repository of asking) {
    const here = rules.inRepository(repository);
    const named = namedIn(here);
    const asked = new Set<string>();
    const near = new Set([kinds[0] ?? []].flat());
    for (const subject of named)
      for (const one of bySubject.get(subject) ?? []) {
        if (near.size < mostInRepository) near.add(one);
        else isCut = true;
      }
    for (const { account, subjects } of near) {
      const telling = subjects.filter((subject) => named.has(subject));
      const key = telling.sort().join("\u0000");
      if (asked.has(key)) continue;
      asked.add(key);
      if (questions.length >= most) return { questions, isCut: true };
      questions.push(questionOf(account, subjects, repository, here));
    }
  }
  return { questions, isCut };
}

/** One of all whom the same rules are about. */
function kindsOf(people: Iterable<Sampled>, { subjects: named }: AccessRules): Sampled[] {
  const kinds = new Map<string, Sampled>();
  for (const { account, subjects } of people) {
    const telling = subjects.filter((subject) => named.has(subject)).sort();
    const key = telling.join("\u0000");
    if (!kinds.has(key)) kinds.set(key, { account, subjects: telling });
  }
  return [...kinds.values()];
}

/** One of all repositories that the same permission sets cover. */
function oneOfEach({ permissions }: Pick<Release, "permissions">, repositories: readonly string[]): string[] {
  const covering = coverage(
    Object.entries(permissions).map(([name, { repositories }]) => ({ name, repositories })),
  );
  const found = new Map<string, string>();
  for (const repository of repositories) {
    const key = covering(repository)
      .map(({ name }) => name)
      .join("\u0000");
    if (!found.has(key)) found.set(key, repository);
  }
  return [...found.values()];
}

function namedIn({ given, denied, restrictions }: RepositoryRules): ReadonlySet<string> {
  return new Set([
    ...given.keys(),
    ...denied.keys(),
    ...restrictions.flatMap(({ rules }) => rules.flatMap((groups) => [...groups])),
  ]);
}

function questionOf(
  account: string,
  subjects: readonly string[],
  repository: string,
  rules: RepositoryRules,
): AccessQuestion {
  const right = rightOf(subjects, rules);
  const write = right === "write";
  return {
    ...{ account, repository, read: right !== null, write },
    places: write ? placesIn(rules, subjects) : [],
  };
}

/** A name for each place that rules are about, and whether all rules that cover the name let somebody push to it. */
function placesIn({ restrictions }: RepositoryRules, subjects: readonly string[]): AccessQuestion["places"] {
  return restrictions.slice(0, mostPlaces).flatMap(({ place }) =>
    placeKinds.flatMap((kind) => {
      const pattern = place[kind];
      if (pattern === undefined) return [];
      const name = pattern.replaceAll("*", "x").replaceAll("?", "x");
      const about = restrictions.filter((other) => {
        const rule = other.place[kind];
        return rule !== undefined && coversName(kind, rule, name);
      });
      const push = about.every(({ rules }) =>
        rules.every((groups) => subjects.some((subject) => groups.has(subject))),
      );
      return [{ kind, name, push }];
    }),
  );
}
