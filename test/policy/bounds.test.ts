/** Bounds count people. What is counted is held against a plain look at every right of everybody. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Accept, type Bounds, defaultBounds } from "../../model/environment/bounds.ts";
import type { Right } from "../../model/environment/right.ts";
import { parseAgainst } from "../../model/parse.ts";
import { parseText } from "../../model/yaml.ts";
import { accessRules, rightAt, rightOf } from "../../policy/access.ts";
import { accountsWithAccess, affectedPeople, judgeBounds, type Proposal } from "../../policy/bounds.ts";
import { accessChanges, type Side } from "../../policy/impact.ts";
import { acceptText, exceedsBounds } from "../../report/bounds.ts";
import { accounts, branches, groups, now, repositories, side, some } from "./side.ts";

const rank = (right: Right | null) => [null, "read", "write"].indexOf(right);

/** Every right of an account, the branches' too: nobody, reader or writer at each place. */
function rightsOf({ release, population }: Side, account: string): number[] {
  const rules = accessRules(release, now);
  const member = population.accounts.get(account);
  const subjects = new Set(member ? [account, ...member.groups] : []);
  return repositories.flatMap((repository) => {
    const here = rules.inRepository(repository);
    const right = rightOf(subjects, here);
    const there = branches.map((branch) => {
      const restriction = here.restrictions.find(({ place }) => place.branch === branch);
      return restriction ? rightAt(subjects, right, restriction) : right;
    });
    return [right, ...there].map(rank);
  });
}

test("who loses or gains a right anywhere is counted once, and nobody else", () => {
  fc.assert(
    fc.property(side, side, (before, after) => {
      const differences = accounts.map((account) => {
        const [was, will] = [rightsOf(before, account), rightsOf(after, account)];
        return { account, steps: was.map((right, place) => (will[place] ?? 0) - right) };
      });
      const who = (of: (step: number) => boolean) =>
        differences.filter(({ steps }) => steps.some(of)).map(({ account }) => account);
      const changes = accessChanges(before, after, repositories, now);
      expect([...new Set(changes.map(({ account }) => account))].sort()).toEqual(who((step) => step !== 0));
      for (const { account, repository, branch = "", before: had, after: has } of changes) {
        const place = repositories.indexOf(repository) * (1 + branches.length) + 1 + branches.indexOf(branch);
        expect([rightsOf(before, account)[place], rightsOf(after, account)[place]]).toEqual([
          rank(had),
          rank(has),
        ]);
      }
      const people = affectedPeople(before, after, repositories, now);
      expect(people).toEqual({ lose: who((step) => step < 0), gain: who((step) => step > 0) });
      expect(accountsWithAccess(before, repositories, now).sort()).toEqual(
        accounts.filter((account) => rightsOf(before, account).some((right) => right > 0)),
      );
    }),
    { numRuns: 500 },
  );
});

// names as the mapping may make them, those that YAML would take for something else among them
const account = fc.oneof(
  fc.constantFrom("true", "null", "no", "123", "1e5", "0x1f", "a@b.c", "a+b", "a_b", "on", "2026-01-01"),
  fc.stringMatching(/^[a-z0-9][a-z0-9._@+-]{0,12}$/),
);
const from = `sha256:${"a".repeat(64)}`;
const bounds: fc.Arbitrary<Bounds> = fc.record({
  lose: fc.integer({ min: 0, max: 100 }).map((share) => `${share}%`),
  above: fc.integer({ min: 0, max: 12 }),
  protected: some(groups),
});
const proposal: fc.Arbitrary<Proposal> = fc
  .record({
    lose: fc.uniqueArray(account, { maxLength: 12 }),
    gain: fc.uniqueArray(account, { maxLength: 12 }),
    more: fc.nat({ max: 40 }),
    kept: fc.nat({ max: 1 }),
    // by the first letter, so that the same account is always in the same groups
    members: fc.dictionary(fc.stringMatching(/^[a-z0-9]$/), some(groups)),
    proposed: fc.option(bounds, { nil: undefined }),
    active: fc.option(bounds, { nil: undefined }),
  })
  .map(({ lose, gain, more, kept, members, proposed, active }) => ({
    people: { lose: [...lose].sort(), gain: [...gain].sort() },
    accounts: lose.length + more,
    // at most those who lose nothing, and who loses may keep another right
    remaining: more === 0 ? kept % (lose.length + 1) : more,
    groupsOf: (name) => members[name.charAt(0)] ?? [],
    bounds: { proposed, active },
    from,
    accept: undefined,
  }));

const judged = (one: Proposal) => ({
  ...judgeBounds(one),
  from: one.from,
  accounts: one.accounts,
  lose: one.people.lose.length,
  gain: one.people.gain.length,
});

test("a bound is exceeded by more people than the floor and the share, or by a single protected one", () => {
  fc.assert(
    fc.property(proposal, (one) => {
      const { lose } = one.people;
      const all = Object.values(one.bounds).map((of) => of ?? defaultBounds);
      const isDefault = Object.values(one.bounds).some((of) => of === undefined);
      const tooMany =
        all.some(
          (of) => lose.length > of.above && lose.length * 100 > Number.parseInt(of.lose, 10) * one.accounts,
        ) ||
        (isDefault && one.accounts > 0 && one.remaining === 0);
      const touched = lose.filter((name) =>
        [...one.groupsOf(name)].some((group) => all.some((of) => of.protected.includes(group))),
      );
      const { excesses } = judgeBounds(one);
      expect(excesses.some(({ bound }) => bound === "lose")).toBe(tooMany);
      const named = excesses.flatMap((excess) => (excess.bound === "protected" ? excess.accounts : []));
      expect(new Set(named)).toEqual(new Set(touched));
      // what both releases say is said once
      expect(new Set(excesses.map(({ bound, limit }) => bound + limit)).size).toBe(excesses.length);
    }),
    { numRuns: 1000 },
  );
});

test("the text that is offered to accept reads back, is just enough, and only for the release it was made for", () => {
  let accepted = 0;
  fc.assert(
    fc.property(proposal, (one) => {
      const verdict = judged(one);
      if (!exceedsBounds(verdict)) return;
      accepted++;
      const tree = parseText("accept", `accept: ${acceptText(verdict)}`);
      const root = tree.ok && tree.value.kind === "map" ? tree.value.entries.get("accept")?.node : undefined;
      if (!root) throw new Error(JSON.stringify(tree));
      const parsed = parseAgainst(Accept, root);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
      const accept = parsed.value;
      const acceptance = (change: Partial<Accept>, at: string | null = from) =>
        judgeBounds({ ...one, from: at, accept: { ...accept, ...change } }).acceptance;
      expect(acceptance({})).toBe("enough");
      expect(acceptance({ lose: accept.lose + 1 })).toBe("enough");
      expect(acceptance({ lose: accept.lose - 1 })).toBe("short");
      if (accept.gain) expect(acceptance({ gain: accept.gain - 1 })).toBe("short");
      for (const [index] of accept.protected.entries())
        expect(acceptance({ protected: accept.protected.toSpliced(index, 1) })).toBe("short");
      expect(acceptance({}, `sha256:${"b".repeat(64)}`)).toBe("stale");
      expect(acceptance({}, null)).toBe("stale");
    }),
    { numRuns: 1000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
