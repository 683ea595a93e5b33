/**
 * Bounds: whether a release takes access from more people than its environment allows, or from people in protected
 * groups. People are counted, not rights: who loses a right anywhere loses, whatever else is gained. Where an environment
 * names no bounds, the default ones hold.
 */

import { type Accept, type Bounds, defaultBounds } from "../model/environment/bounds.ts";
import type { Right } from "../model/environment/right.ts";
import type { Time } from "../model/time.ts";
import { accessRules, rightOf } from "./access.ts";
import { alike } from "./alike.ts";
import { endsAfter } from "./ends.ts";
import { changesByRepository, type SharedChange, type Side } from "./impact.ts";

/** Which accounts lose a right somewhere, and which gain one; who does both is in both. Sorted. */
export interface People {
  readonly lose: readonly string[];
  readonly gain: readonly string[];
}

/** A bound that is exceeded, and by whom. */
export interface ExceededBound {
  readonly bound: "lose" | "protected";
  /** Whose bound: a release is held to those of the release that it replaces, too. */
  readonly of: "proposed" | "active";
  /** The bound, as a person reads it. */
  readonly limit: string;
  /** Whether it is the default one, since no bounds are named. */
  readonly byDefault?: true;
  readonly accounts: string[];
}

/**
 * - `absent`: there is none
 * - `stale`: it was given for another release than the active one
 * - `unneeded`: no bound is exceeded
 * - `short`: more people are affected than it says
 * - `enough`: it covers what goes beyond the bounds
 */
export type Acceptance = "absent" | "stale" | "unneeded" | "short" | "enough";

export interface Judgement {
  readonly excesses: ExceededBound[];
  readonly acceptance: Acceptance;
}

export interface Proposal {
  readonly people: People;
  /** How many accounts have a right anywhere now. */
  readonly accounts: number;
  /** How many of them have one after it, too. */
  readonly remaining: number;
  /** The groups of an account, before and after: `connector/group`. */
  readonly groupsOf: (account: string) => Iterable<string>;
  /** As the two releases name them; where one names none, the default ones hold. */
  readonly bounds: { readonly proposed: Bounds | undefined; readonly active: Bounds | undefined };
  /** The digest of the active release, null when none is. */
  readonly from: string | null;
  readonly accept: Accept | undefined;
}

/** Who loses or gains a right at the moment at which a rule of one of two sides ends, and at no moment before. */
export interface LaterChange extends People {
  readonly at: Time;
}

/** The stronger right is the greater number; none is 0. */
export const strength = (right: Right | null): number => (right === null ? 0 : right === "read" ? 1 : 2);

/** Whose rights change between two sides, at a time. */
export function affectedPeople(
  before: Side,
  after: Side,
  repositories: readonly string[],
  now: Time,
): People {
  // those who are alike come as one and the same list, at every repository, and are in no other one
  const [lose, gain] = [new Set<SharedChange["accounts"]>(), new Set<SharedChange["accounts"]>()];
  for (const changes of changesByRepository(before, after, repositories, now))
    for (const { accounts, before: had, after: has } of changes)
      (strength(has) < strength(had) ? lose : gain).add(accounts);
  return { lose: [...lose].flat().sort(), gain: [...gain].flat().sort() };
}

/**
 * Whose rights will be others than without the change, from a later moment on: a rule that is given an end takes as much as one
 * that is taken out.
 *
 * @param already whose rights change at once
 */
export function laterChanges(
  before: Side,
  after: Side,
  repositories: readonly string[],
  now: Time,
  already: People,
): LaterChange[] {
  const seen = { lose: new Set(already.lose), gain: new Set(already.gain) };
  const news = (of: keyof People, accounts: readonly string[]) => {
    const some = accounts.filter((account) => !seen[of].has(account));
    for (const account of some) seen[of].add(account);
    return some;
  };
  return endsAfter([before.release, after.release], repositories, now)
    .map(({ at, repositories: there }) => {
      const { lose, gain } = affectedPeople(before, after, there, at);
      return { at, lose: news("lose", lose), gain: news("gain", gain) };
    })
    .filter(({ lose, gain }) => lose.length + gain.length > 0);
}

/** The accounts that have a right in at least one of the repositories, at a time. */
export function accountsWithAccess(
  { release, population }: Side,
  repositories: readonly string[],
  now: Time,
): string[] {
  const rules = accessRules(release, now);
  const everywhere = repositories.map((repository) => rules.inRepository(repository));
  return alike([population], rules.subjects)
    .filter(({ subjects: [subjects = []] }) => everywhere.some((here) => rightOf(subjects, here) !== null))
    .flatMap(({ accounts }) => accounts);
}

/** Which bounds a proposal exceeds, and whether that was accepted. */
export function judgeBounds(proposal: Proposal): Judgement {
  const { bounds } = proposal;
  const excesses = [
    ...excessesOf(proposal, bounds.proposed, "proposed"),
    // a change cannot loosen the bounds that hold it
    ...excessesOf(proposal, bounds.active, "active"),
  ].filter(
    // what both releases say is said once
    ({ bound, limit }, index, all) =>
      all.findIndex((other) => other.bound === bound && other.limit === limit) === index,
  );
  return { excesses, acceptance: acceptanceOf(proposal, excesses) };
}

function excessesOf(proposal: Proposal, named: Bounds | undefined, of: ExceededBound["of"]): ExceededBound[] {
  const { groupsOf } = proposal;
  const { lose } = proposal.people;
  const groups = named?.protected ?? [];
  const limit = exceededLimit(proposal, named);
  const guarded = new Set(groups);
  const touched = lose.filter((account) => [...groupsOf(account)].some((group) => guarded.has(group)));
  return [
    ...(limit !== undefined
      ? [
          {
            bound: "lose" as const,
            of,
            ...(!named && { byDefault: true as const }),
            limit,
            accounts: [...lose],
          },
        ]
      : []),
    ...(touched.length > 0
      ? [{ bound: "protected" as const, of, limit: [...groups].sort().join(", "), accounts: touched }]
      : []),
  ];
}

/** The limit that too many losers exceed, in words; undefined where it holds. */
function exceededLimit(
  { people: { lose }, accounts, remaining }: Proposal,
  named: Bounds | undefined,
): string | undefined {
  const { lose: share, above } = named ?? defaultBounds;
  const most = (accounts * Number.parseInt(share, 10)) / 100;
  if (lose.length > above && lose.length > most) return `${share}, above ${above}`;
  // so few may always lose a right; but a mistake that leaves nobody is one among three people, too
  return !named && accounts > 0 && remaining === 0 ? "not everybody" : undefined;
}

function acceptanceOf({ people, from, accept }: Proposal, excesses: readonly ExceededBound[]): Acceptance {
  if (!accept) return "absent";
  if (accept.from !== from) return "stale";
  if (excesses.length === 0) return "unneeded";
  const named = new Set(accept.protected);
  const covered =
    people.lose.length <= accept.lose &&
    people.gain.length <= (accept.gain ?? Number.POSITIVE_INFINITY) &&
    excesses.every(
      ({ bound, accounts }) => bound !== "protected" || accounts.every((account) => named.has(account)),
    );
  return covered ? "enough" : "short";
}
