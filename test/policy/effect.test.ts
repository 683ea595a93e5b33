/** An effect says the same as all changes one by one, and says it in one way. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { accessRules } from "../../policy/access.ts";
import { directionsOf, effectOf, type ReleaseEffect, renamed } from "../../policy/effect.ts";
import { accessChanges, type Side } from "../../policy/impact.ts";
import { likelyGroup } from "../../policy/likely-groups.ts";
import { now, repositories, side } from "./side.ts";

const oneByOne = (effect: ReleaseEffect) =>
  effect.flatMap(({ accounts, changes }) =>
    accounts.flatMap((account) => changes.map((change) => ({ account, ...change }))),
  );
const sorted = (changes: readonly object[]) =>
  changes.map((change) => JSON.stringify(Object.entries(change).sort())).sort();

/** The groups of an account, as far as a rule of one of the sides names them. */
const groupsOf = ({ population }: Side, account: string, sides: readonly Side[]) =>
  [...(population.accounts.get(account)?.groups ?? [])]
    .filter((group) => sides.some(({ release }) => accessRules(release, now).subjects.has(group)))
    .sort();

test("an effect has every change, each account once, and nobody twice in one way", () => {
  fc.assert(
    fc.property(side, side, (before, after) => {
      const effect = effectOf(before, after, repositories, now);
      expect(sorted(oneByOne(effect))).toEqual(sorted(accessChanges(before, after, repositories, now)));
      const named = effect.flatMap(({ accounts }) => accounts);
      expect(new Set(named).size).toBe(named.length);
      const ways = effect.map(({ changes }) => JSON.stringify(changes));
      expect(new Set(ways).size).toBe(ways.length);
      for (const { accounts } of effect.filter(({ moved }) => !moved))
        for (const account of accounts)
          expect(groupsOf(before, account, [before, after])).toEqual(
            groupsOf(after, account, [before, after]),
          );
    }),
  );
});

test("the order in which people and repositories come is no part of it", () => {
  const turned = ({ release, population }: Side): Side => ({
    release: { permissions: Object.fromEntries(Object.entries(release.permissions).reverse()) },
    population: { ...population, accounts: new Map([...population.accounts].reverse()) },
  });
  fc.assert(
    fc.property(side, side, (before, after) => {
      const effect = effectOf(before, after, repositories, now);
      expect(effectOf(turned(before), turned(after), [...repositories].reverse(), now)).toEqual(effect);
      expect(
        renamed(
          renamed(effect, (name) => `z${9 - name.length}/${name}`),
          (name) => name.slice(3),
        ),
      ).toEqual(effect);
    }),
  );
});

test("who gains here and loses there does both", () => {
  const change = (before: "read" | "write" | null, after: "read" | "write" | null) => ({
    repository: "docs",
    before,
    after,
  });
  expect(directionsOf({ changes: [change(null, "read"), change("write", "read")] })).toEqual({
    lose: true,
    gain: true,
  });
  expect(directionsOf({ changes: [change("read", "write")] })).toEqual({ lose: false, gain: true });
});

test("the group that is meant has those who lose access; half of them is not enough where others are in it", () => {
  const sent = (displayName: string, ...members: string[]) => ({ connector: "okta", displayName, members });
  const losing = new Set(["1", "2", "3"]);
  const none = () => false;
  const groups = [
    sent("everybody", "1", "2", "3", "4", "5", "6", "7"),
    sent("core-devs", "1", "2", "3", "4"),
  ];
  expect(likelyGroup("okta", groups, losing, none)).toEqual({
    connector: "okta",
    displayName: "core-devs",
    losing: 3,
    members: 4,
  });
  expect(likelyGroup("entra", groups, losing, none)).toBeUndefined();
  expect(
    likelyGroup("okta", groups, losing, ({ displayName }) => displayName === "core-devs"),
  ).toBeUndefined();
  expect(likelyGroup("okta", groups, new Set(), none)).toBeUndefined();
});
