/** A rule that gets an end takes what it gave, only later: counted against a look at every moment. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { accessRules, rightOf } from "../../policy/access.ts";
import { affectedPeople, laterChanges } from "../../policy/bounds.ts";
import type { Side } from "../../policy/impact.ts";
import { describeImpact } from "../../report/impact.ts";
import { permissionSet } from "./permission-set.ts";

const accounts = ["ada", "bob", "cy"];
const repositories = ["core/api", "core/web", "docs"];
const now = Date.UTC(2026, 0, 1);
const at = (day: number) => now + day * 86_400_000;
const days = [-1, 1, 2, 3];

const subjects = fc.array(
  fc.record({ account: fc.constantFrom(...accounts), day: fc.constantFrom(undefined, ...days) }),
  { maxLength: 3 },
);
const until = (list: readonly { account: string; day: number | undefined }[]) =>
  list.map(({ account, day }) => ({
    account,
    ...(day !== undefined && { until: new Date(at(day)).toISOString(), reason: "a", approver: "b" }),
  }));
const side: fc.Arbitrary<Side> = fc
  .dictionary(
    fc.constantFrom("one", "two", "three"),
    fc.record({
      repositories: fc.subarray(["core/*", "docs", "**", "!core/web"], { minLength: 1 }),
      read: subjects,
      write: subjects,
      deny: fc.record({ read: subjects, write: subjects }),
    }),
  )
  .map((sets) => ({
    release: {
      permissions: Object.fromEntries(
        Object.entries(sets).map(([name, { repositories, read, write, deny }]) => [
          name,
          permissionSet({
            repositories,
            read: until(read),
            write: until(write),
            deny: { read: until(deny.read), write: until(deny.write) },
          }),
        ]),
      ),
    },
    population: {
      accounts: new Map(
        accounts.map((name) => [
          name,
          { name, connector: "okta", user: name, proven: null, groups: new Set<string>() },
        ]),
      ),
      withheld: [],
      failures: [],
    },
  }));

const strengths = ({ release }: Side, account: string, time: number) => {
  const rules = accessRules(release, time);
  return repositories.map((repository) =>
    [null, "read", "write"].indexOf(rightOf(new Set([account]), rules.inRepository(repository))),
  );
};

test("who would have more without the change at any moment loses, and who would have less gains", () => {
  let seen = 0;
  fc.assert(
    fc.property(side, side, (before, after) => {
      const atOnce = affectedPeople(before, after, repositories, now);
      const later = laterChanges(before, after, repositories, now, atOnce);
      const moments = [now, ...days.filter((day) => day > 0).map(at)];
      const who = (differs: (had: number, has: number) => boolean) =>
        accounts.filter((account) =>
          moments.some((time) => {
            const has = strengths(after, account, time);
            return strengths(before, account, time).some((had, index) => differs(had, has[index] ?? 0));
          }),
        );
      const all = (of: "lose" | "gain") => [atOnce, ...later].flatMap((change) => change[of]).sort();
      expect(all("lose")).toEqual(who((had, has) => has < had));
      expect(all("gain")).toEqual(who((had, has) => has > had));
      for (const change of later) {
        seen++;
        expect(change.at).toBeGreaterThan(now);
        for (const account of change.lose)
          expect(Math.max(...strengths(before, account, change.at))).toBeGreaterThan(0);
      }
    }),
    { numRuns: 500 },
  );
  expect(seen).toBeGreaterThan(50);
});

test("it is told with its moment", () => {
  const later = [
    { at: at(1), lose: ["ada", "bob"], gain: 0 },
    { at: at(2), lose: [], gain: 1 },
  ];
  expect(describeImpact({ changes: [], later })).toEqual({
    summary:
      "nobody gains or loses access now; 2 accounts lose a right and 1 account gains one when a rule ends",
    lines: [
      "ada, bob lose a right at 2026-01-02T00:00:00Z",
      "1 account gains a right at 2026-01-03T00:00:00Z",
    ],
  });
  expect(describeImpact({ changes: [], later: [] }).summary).toBe("nobody gains or loses access");
});
