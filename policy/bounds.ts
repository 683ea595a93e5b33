/**
 * Bounds: whether a release takes access from more people than its environment allows, or from people in protected
 * groups. People are counted, not rights: who loses a right anywhere loses, whatever else is gained.
 */
import type { Accept, Bounds } from "../model/environment/bounds.ts";
import { accessRules, type Right } from "./access.ts";
import { accessChanges, type Side } from "./impact.ts";

/** Which accounts lose a right somewhere, and which gain one; who does both is in both. Sorted. */
export interface People {
  readonly lose: readonly string[];
  readonly gain: readonly string[];
}

/** A bound that is exceeded, and by whom. */
export interface Excess {
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
  readonly excesses: Excess[];
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

/**
 * Whose rights change between two sides. Those who are in the same groups before and after have the same rights, and are
 * looked at once: an activation waits for this, and there may be 50,000 of them.
 */
export function affectedPeople(before: Side, after: Side, repositories: readonly string[]): People {
  const alike = new Map<string, string[]>();
  for (const account of new Set(
    [before, after].flatMap(({ population }) => [...population.accounts.keys()]),
  )) {
    const key = JSON.stringify([before, after].map((side) => [...groupsOf(side, account)].sort()));
    const accounts = alike.get(key);
    if (accounts) accounts.push(account);
    else alike.set(key, [account]);
  }
  const everyone = new Map(
    [...alike.values()].flatMap((accounts) => accounts.slice(0, 1).map((one) => [one, accounts])),
  );
  const [lose, gain] = [new Set<string>(), new Set<string>()];
  const changes = accessChanges(only(before, everyone), only(after, everyone), repositories);
  for (const { account, before: had, after: has } of changes) {
    const difference = strength(has) - strength(had);
    if (difference < 0) lose.add(account);
    if (difference > 0) gain.add(account);
  }
  const expand = (some: Iterable<string>) => [...some].flatMap((one) => everyone.get(one) ?? []).sort();
  return { lose: expand(lose), gain: expand(gain) };
}

/** A side with some of its accounts. */
function only({ release, population }: Side, some: ReadonlyMap<string, unknown>): Side {
  const accounts = new Map([...population.accounts].filter(([account]) => some.has(account)));
  return { release, population: { ...population, accounts } };
}

const groupsOf = ({ population }: Side, account: string): Iterable<string> =>
  population.accounts.get(account)?.groups ?? [];

/** How many accounts have a right in at least one of the repositories. */
export function accountsWithAccess({ release, population }: Side, repositories: readonly string[]): number {
  const rules = accessRules(release);
  const groups = new Set(repositories.flatMap((repository) => [...rules.inRepository(repository).keys()]));
  let count = 0;
  for (const member of population.accounts.values())
    if ([...member.groups].some((group) => groups.has(group))) count++;
  return count;
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
  of: Excess["of"],
): Excess[] {
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

function acceptanceOf({ people, from, accept }: Proposal, excesses: readonly Excess[]): Acceptance {
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
