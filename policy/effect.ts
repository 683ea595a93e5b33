/**
 * What a change does to people, said once for all to whom it does the same: however many they are, and in however many repositories,
 * a reviewer reads it and an approval names it.
 */
import type { Right } from "../model/environment/right.ts";
import type { Time } from "../model/time.ts";
import { strength } from "./bounds.ts";
import { changesByRepository, type SharedChange, type Side } from "./impact.ts";
import { keyOfPlace, type Place } from "./places.ts";

/** A right that is another one, in a repository or at a place of it. */
export interface EffectChange extends Place {
  readonly repository: string;
  readonly before: Right | null;
  readonly after: Right | null;
}

/** All that changes for these accounts, and for no others so. */
export interface EffectGroup {
  /** Sorted. */
  readonly accounts: readonly string[];
  /** Whether somebody among them is in other groups, or comes or goes: then it is not for the rules alone. */
  readonly moved: boolean;
  /** By repository and place. */
  readonly changes: readonly EffectChange[];
}

/** In the order of their first accounts; each account is in one group. */
export type ReleaseEffect = readonly EffectGroup[];

/** The effect of a change at a time. */
export function effectOf(
  before: Side,
  after: Side,
  repositories: readonly string[],
  now: Time,
): ReleaseEffect {
  // those who are alike come as one and the same list, at every repository
  const alike = new Map<SharedChange["accounts"], { moved: boolean; changes: EffectChange[] }>();
  for (const shared of changesByRepository(before, after, repositories, now))
    for (const { accounts, moved, repository, place, before, after } of shared) {
      const known = alike.get(accounts) ?? { moved, changes: [] };
      alike.set(accounts, known);
      known.changes.push({ repository, ...place, before, after });
    }
  const groups = new Map<string, { accounts: string[]; moved: boolean; changes: EffectChange[] }>();
  for (const [accounts, { moved, changes }] of alike) {
    const key = JSON.stringify(changes.map(changeKey));
    const group = groups.get(key) ?? { accounts: [], moved: false, changes };
    groups.set(key, group);
    for (const account of accounts) group.accounts.push(account);
    group.moved ||= moved;
  }
  return inOrder([...groups.values()]);
}

/** The same effect with accounts named otherwise; no two by one name. */
export function renamed(effect: ReleaseEffect, nameOf: (account: string) => string): ReleaseEffect {
  return inOrder(effect.map(({ accounts, ...group }) => ({ ...group, accounts: accounts.map(nameOf) })));
}

/** Whether somebody loses by it, and whether somebody gains. */
export function directionsOf({ changes }: Pick<EffectGroup, "changes">): { lose: boolean; gain: boolean } {
  const gains = ({ before, after }: EffectChange) => strength(after) > strength(before);
  return { lose: !changes.every(gains), gain: changes.some(gains) };
}

function inOrder(groups: readonly EffectGroup[]): ReleaseEffect {
  return groups
    .map(({ accounts, ...group }) => ({ accounts: [...accounts].sort(), ...group }))
    .sort(({ accounts: [a = ""] }, { accounts: [b = ""] }) => (a < b ? -1 : 1));
}

/** One text for a change, whoever it is about. */
function changeKey({ repository, before, after, ...place }: EffectChange): string {
  return JSON.stringify([repository, keyOfPlace(place), before, after]);
}
