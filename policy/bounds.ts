/**
 * Bounds: whether a release takes access from more people than its environment allows, or from people in protected
 * groups. People are counted, not rights: who loses a right anywhere loses, whatever else is gained.
 */

import type { Accept, Bounds } from "../model/environment/bounds.ts";
import type { Right } from "../model/environment/right.ts";
import type { Time } from "../model/time.ts";
import { accessRules, rightOf } from "./access.ts";
import { alike } from "./alike.ts";
import { changesByRepository, type Side } from "./impact.ts";

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
  /** The groups of an account, before and after: `connector/group`. */
  readonly groupsOf: (account: string) => Iterable<string>;
  readonly bounds: { readonly proposed: Bounds | undefined; readonly active: Bounds | undefined };
  /** The digest of the active release, null when none is. */
  readonly from: string | null;
  readonly accept: Accept | undefined;
}

const strength = (right: Right | null): number => (right === null ? 0 : right === "read" ? 1 : 2);

/** Whose rights change between two sides, at a time. */
export function affectedPeople(
  before: Side,
  after: Side,
  repositories: readonly string[],
  now: Time,
): People {
  const [lose, gain] = [new Set<string>(), new Set<string>()];
  for (const changes of changesByRepository(before, after, repositories, now))
    for (const { accounts, before: had, after: has } of changes) {
      const side = strength(has) < strength(had) ? lose : gain;
      for (const account of accounts) side.add(account);
    }
  return { lose: [...lose].sort(), gain: [...gain].sort() };
}

/** How many accounts have a right in at least one of the repositories, at a time. */
export function accountsWithAccess(
  { release, population }: Side,
  repositories: readonly string[],
  now: Time,
): number {
  const rules = accessRules(release, now);
  const everywhere = repositories.map((repository) => rules.inRepository(repository));
  return alike([population], rules.subjects)
    .filter(({ subjects: [subjects = []] }) => everywhere.some((here) => rightOf(subjects, here) !== null))
    .reduce((sum, { accounts }) => sum + accounts.length, 0);
}

/** Which bounds a proposal exceeds, and whether that was accepted. */
export function judgeBounds(proposal: Proposal): Judgement {
  const { bounds } = proposal;
  const excesses = [
    ...(bounds.proposed ? excessesOf(proposal, bounds.proposed, "proposed") : []),
    // a change cannot loosen the bounds that hold it
    ...(bounds.active ? excessesOf(proposal, bounds.active, "active") : []),
  ].filter(
    // what both releases say is said once
    ({ bound, limit }, index, all) =>
      all.findIndex((other) => other.bound === bound && other.limit === limit) === index,
  );
  return { excesses, acceptance: acceptanceOf(proposal, excesses) };
}

function excessesOf(
  { people: { lose }, accounts, groupsOf }: Proposal,
  { lose: share, above, protected: groups }: Bounds,
  of: ExceededBound["of"],
): ExceededBound[] {
  const most = (accounts * Number.parseInt(share, 10)) / 100;
  const guarded = new Set(groups);
  const touched = lose.filter((account) => [...groupsOf(account)].some((group) => guarded.has(group)));
  return [
    ...(lose.length > above && lose.length > most
      ? [{ bound: "lose" as const, of, limit: `${share}, above ${above}`, accounts: [...lose] }]
      : []),
    ...(touched.length > 0
      ? [{ bound: "protected" as const, of, limit: [...groups].sort().join(", "), accounts: touched }]
      : []),
  ];
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
