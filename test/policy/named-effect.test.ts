/** What is beyond what was named: nothing of the same effect or less of it, all of what nobody named, and no more. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Right } from "../../model/environment/right.ts";
import { strength } from "../../policy/bounds.ts";
import { effectOf } from "../../policy/effect.ts";
import type { Side } from "../../policy/impact.ts";
import { beyondNamed, effectOverTime, type TimedEffect } from "../../policy/named-effect.ts";
import { accounts, now, repositories, side } from "./side.ts";

const overTime = (before: Side, after: Side, there: readonly string[] = repositories) =>
  effectOverTime(
    effectOf(before, after, there, now),
    { before, after, repositories: there, now },
    (account) => account,
  );

/** Each right that somebody loses or gains, one by one: an oracle that is slow and plain. */
function steps(effects: readonly TimedEffect[]): string[] {
  return effects
    .flatMap(({ groups }) => groups)
    .flatMap(({ accounts, changes }) =>
      accounts.flatMap((account) =>
        changes.flatMap(({ repository, before, after, ...place }) => {
          const [had, has] = [strength(before), strength(after)];
          return (["read", "write"] as const)
            .filter((right) => strength(right) <= had !== strength(right) <= has)
            .map((right) => JSON.stringify([account, repository, place, has < had, right]));
        }),
      ),
    );
}
const inWhole = (step: string) => {
  const [account, repository, , lose, right] = JSON.parse(step);
  return JSON.stringify([account, repository, {}, lose, right]);
};

test("beyond are exactly the changes with a right that was not named, there or in the whole repository", () => {
  fc.assert(
    fc.property(side, side, side, side, (a, b, c, d) => {
      const [named, effect] = [overTime(a, b), overTime(c, d)];
      const names = new Set(steps(named));
      const beyond = new Set(steps(beyondNamed(named, effect, now)));
      for (const step of steps(effect))
        if (!names.has(step) && !names.has(inWhole(step))) expect(beyond).toContain(step);
      for (const step of beyond) expect(steps(effect)).toContain(step);
      // nothing of a change all of which was named
      for (const { groups } of beyondNamed(named, effect, now))
        for (const { accounts, changes } of groups)
          for (const account of accounts)
            for (const change of changes) {
              const own = steps([{ from: null, groups: [{ accounts: [account], changes: [change] }] }]);
              expect(own.every((step) => names.has(step) || names.has(inWhole(step)))).toBe(false);
            }
    }),
  );
});

test("the same is within itself, so is what fewer people lose in fewer repositories, and nothing is within nothing", () => {
  fc.assert(
    fc.property(
      side,
      side,
      fc.subarray(accounts),
      fc.subarray(repositories),
      (before, after, gone, there) => {
        const named = overTime(before, after);
        expect(beyondNamed(named, named, now)).toEqual([]);
        const without = (one: Side): Side => ({
          ...one,
          population: {
            ...one.population,
            accounts: new Map([...one.population.accounts].filter(([name]) => !gone.includes(name))),
          },
        });
        expect(beyondNamed(named, overTime(without(before), without(after), there), now)).toEqual([]);
        expect(steps(beyondNamed([], named, now))).toEqual(steps(named));
      },
    ),
  );
});

const change = (before: Right | null, after: Right | null, place = {}, account = "ada") => ({
  accounts: [account],
  changes: [{ repository: "docs", ...place, before, after }],
});
const effect = (from: number | null, ...groups: TimedEffect["groups"]): TimedEffect => ({ from, groups });

test.each<[string, TimedEffect, TimedEffect, boolean]>([
  [
    "read, of who was to lose both",
    effect(null, change("write", null)),
    effect(null, change("read", null)),
    true,
  ],
  [
    "both, of who was to lose push",
    effect(null, change("write", "read")),
    effect(null, change("write", null)),
    false,
  ],
  [
    "push to a branch, of who was to lose push",
    effect(null, change("write", "read")),
    effect(null, change("write", "read", { branch: "stable" })),
    true,
  ],
  [
    "push, of who was to lose it to a branch",
    effect(null, change("write", "read", { branch: "stable" })),
    effect(null, change("write", "read")),
    false,
  ],
  [
    "push to another branch",
    effect(null, change("write", "read", { branch: "stable" })),
    effect(null, change("write", "read", { branch: "next" })),
    false,
  ],
  ["what was to be gained", effect(null, change(null, "read")), effect(null, change("read", null)), false],
  [
    "the same of somebody else",
    effect(null, change("write", null)),
    effect(null, change("write", null, {}, "bob")),
    false,
  ],
  [
    "at once, what was named for later",
    effect(10, change("write", null)),
    effect(null, change("write", null)),
    false,
  ],
  [
    "later, what was named for then",
    effect(10, change("write", null)),
    effect(10, change("write", null)),
    true,
  ],
  [
    "later, what was named for now",
    effect(null, change("write", null)),
    effect(10, change("write", null)),
    true,
  ],
  ["earlier than was named", effect(10, change("write", null)), effect(9, change("write", null)), false],
])("losing %s", (_, named, actual, isWithin) => {
  expect(beyondNamed([named], [actual], now).length === 0).toBe(isWithin);
});

test("what was named for a moment is named once that has come", () => {
  const named = [effect(10, change("write", null))];
  expect(beyondNamed(named, [effect(null, change("write", null))], 9)).toHaveLength(1);
  expect(beyondNamed(named, [effect(null, change("write", null))], 10)).toEqual([]);
});

test("two rights that were named apart are named together", () => {
  const named = [effect(null, change("write", "read")), effect(10, change("read", null))];
  expect(beyondNamed(named, [effect(10, change("write", null))], now)).toEqual([]);
  expect(beyondNamed(named, [effect(null, change("write", null))], now)).toHaveLength(1);
});
