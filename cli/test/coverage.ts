/**
 * Which parts of a release its policy tests cover: a part is covered when a test that passes fails without it. Tests are played
 * again without a constraint that spoke in them. For permission sets nothing is played: the access at the end of each test is looked
 * at again without each part of the sets that cover what it asks about.
 */
import type { Rehearsal } from "../../agent/operations/rehearsal.ts";
import { coverage } from "../../model/coverage.ts";
import type { Release } from "../../model/release.ts";
import { keptRepositories } from "../../policy/constraints/access.ts";
import { repositoriesIn } from "./expectations.ts";
import { constraintPart, type Part, permissionParts } from "./parts.ts";
import { accessAt, type PlayedTest, type Playing, playThrough } from "./play.ts";

/** A test, and what came of it. */
export interface PlayedOnce {
  readonly test: PlayedTest;
  readonly playing: Playing;
}

export interface UncoveredPart extends Pick<Part, "entry" | "words"> {
  /** Whether some test meets it all the same: a constraint spoke, or access is asked about where the set is. */
  readonly isMet: boolean;
}

export interface Coverage {
  readonly parts: number;
  readonly uncovered: readonly UncoveredPart[];
}

/** The share of the parts that are covered, in whole percent, rounded down. */
export function shareOf({ parts, uncovered }: Coverage): number {
  return parts === 0 ? 100 : Math.floor(((parts - uncovered.length) * 100) / parts);
}

/**
 * Which parts of a release the tests that were played on it cover.
 *
 * @param rehearsal of the release
 */
export async function coverageOf(rehearsal: Rehearsal, played: readonly PlayedOnce[]): Promise<Coverage> {
  const { release } = rehearsal;
  const passing = played.filter(({ playing }) => playing.differences.length === 0);
  const failsWithout = async (part: Part, tests: readonly PlayedOnce[]) => {
    if (tests.length === 0) return false;
    const mutant = rehearsal.with(part.without(release));
    for (const { test } of tests)
      if ((await playThrough(mutant, release, test)).differences.length > 0) return true;
    return false;
  };

  const uncovered: UncoveredPart[] = [];
  let parts = 0;
  for (const name of Object.keys(release.constraints).sort()) {
    parts++;
    const part = constraintPart(name);
    const met = passing.filter(({ playing }) => playing.constraints.has(name));
    // a trigger never speaks: it decides who has an account
    const tests = release.constraints[name]?.trigger ? passing : met;
    if (!(await failsWithout(part, tests))) uncovered.push({ entry: part.entry, isMet: tests.length > 0 });
  }

  const noticed = noticedParts(release, passing);
  for (const [name, set] of Object.entries(release.permissions).sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const part of permissionParts(name, set)) {
      parts++;
      if (noticed.parts.has(keyOf(part)) || (await failsWithout(part, keepersOf(name, release, passing))))
        continue;
      const { entry, words } = part;
      uncovered.push({ entry, ...(words !== undefined && { words }), isMet: noticed.sets.has(name) });
    }
  return { parts, uncovered };
}

const keyOf = ({ entry, words }: Part) => `${entry}: ${words}`;

/** The sets that cover what tests ask about, and the parts of them without which a test fails. */
function noticedParts(release: Release, passing: readonly PlayedOnce[]) {
  const covering = coverage(
    Object.entries(release.permissions).map(([name, set]) => ({ name, set, repositories: set.repositories })),
  );
  const [sets, parts] = [new Set<string>(), new Set<string>()];
  for (const { test, playing } of passing) {
    if (!playing.end) continue;
    const { population, at } = playing.end;
    const near = new Map(
      repositoriesIn(test.test.expect)
        .flatMap(covering)
        .map(({ name, set }) => [name, set]),
    );
    const there = { ...release, permissions: Object.fromEntries(near) };
    for (const [name, set] of near) {
      sets.add(name);
      for (const part of permissionParts(name, set)) {
        const key = keyOf(part);
        if (!parts.has(key) && accessAt(part.without(there), test.test, population, at).length > 0)
          parts.add(key);
      }
    }
  }
  return { sets, parts };
}

/** The tests in which a constraint spoke that keeps the writers of a repository of a permission set. */
function keepersOf(name: string, release: Release, tests: readonly PlayedOnce[]): PlayedOnce[] {
  const covers = coverage([release.permissions[name] ?? { repositories: [] }]);
  const isKept = (constraint: string) => {
    const { keep } = release.constraints[constraint] ?? {};
    return keep && keptRepositories(keep, release).some(({ repository }) => covers(repository).length > 0);
  };
  return tests.filter(({ playing }) => [...playing.constraints].some(isKept));
}
