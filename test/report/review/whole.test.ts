/** Comment and page mislead nobody: what is cut off is counted, what stops a pipeline stands above, and a base is called what it is. */
import { expect, test } from "vitest";
import { describeRules } from "../../../report/review/effect.ts";
import { reviewMarkdown } from "../../../report/review/markdown.ts";
import { reviewPage } from "../../../report/review/page.tsx";
import type { ReviewReport } from "../../../report/review/report.ts";
import { describeBase } from "../../../report/review/words.ts";
import { reportOf } from "./samples.ts";

const many = (n: number, what: string) => Array.from({ length: n }, (_, i) => `${what}${i}`);
const sample = reportOf(() => "plain");
const people = sample.people as NonNullable<ReviewReport["people"]>;
const change = { before: "write", after: "read" } as const;

test("what a cell, a list or a plot has no room for is counted", () => {
  const held = many(50, "h").map((id) => ({ id, what: "create", rules: [] }));
  const long: ReviewReport = {
    ...sample,
    people: {
      ...people,
      effect: [
        {
          people: 1,
          accounts: ["ada"],
          moved: false,
          parts: [{ ...change, repositories: ["r"], because: many(7, "e") }],
        },
      ],
      groups: many(30, "g").map((group) => ({ group, people: 1, lose: 1, gain: 0 })),
    },
    tests: { passed: 0, failed: [{ name: "t", differences: many(12, "d") }], broken: [] },
    holds: { total: 120, held },
  };
  const comment = reviewMarkdown(long);
  expect(comment).toContain("`e0`, `e1`, `e2`, and 4 more |");
  expect(comment).toMatch(/^ {2}- and 2 more$/m);
  expect(comment).toContain("Held now: 120");
  expect(comment).toMatch(/`h39`[^`]*\n\nand 80 more/);
  const page = reviewPage(long);
  expect(page).toContain("The plot has the first 20 of 30 groups.");
  expect(page).toContain("70 more lines are left out of this page.");
  const rules = sample.rules.map((rule) => ({ ...rule, patterns: many(8, "p") }));
  expect(reviewMarkdown({ ...sample, people: null, rules })).toContain("`p4`, and 3 more |");

  const full = reviewPage({ ...long, refused: many(5_000, "x".repeat(300)) });
  expect(full).toMatch(/[\d,]+ more reasons are left out of this page/);
  expect(full).toContain("1 more groups are left out of this page.");
});

test("what stops a pipeline stands above, also where no bound does", () => {
  const failing = { ...sample, refused: [], accept: null };
  const [head = ""] = reviewMarkdown(failing).split("| who |");
  expect(head).toContain("**1 policy test fails**, as named below.");
  expect(reviewPage(failing)).toMatch(/<header>.*<strong>1 policy test fails\.<\/strong>.*<\/header>/s);
  const broken = { ...failing, tests: { passed: 0, failed: [], broken: ["x"] } };
  expect(reviewMarkdown(broken)).toContain("**Policy tests are broken, so that none was played**");
  const passing = { ...failing, tests: { passed: 3, failed: [], broken: [] } };
  expect(reviewMarkdown(passing)).not.toContain("as named below");
});

test("the comment says what the page does of those who moved, and of rules that end; its lists of names are found from its rows", () => {
  const comment = reviewMarkdown({
    ...sample,
    people: { ...people, later: [{ at: 0, lose: 2, gain: 0, accounts: ["ada", "bob"] }] },
  });
  expect(comment).toContain("Among 5 accounts of these some are in other groups than before, come, or go");
  expect(comment).toMatch(/^- `1970-01-01T00:00:00.000Z`: 2 accounts lose a right: ada, bob$/m);
  expect(comment).toMatch(/^\| 5 accounts: .* \(part 1\) \|/m);
  expect(comment).toContain("Every name of part 1: 5");
});

test("without an agent nobody is told that nothing changes where only an agent knows it", () => {
  const nothing = "no permission set gives anybody more or less";
  expect(describeRules([], [])).toBe(nothing);
  expect(describeRules([], ["connectors.okta"])).toBe(
    `${nothing}; connectors.okta changes, and only an agent says what that does to people`,
  );
  const rule = {
    entry: "permissions.core",
    patterns: ["core"],
    before: "push",
    after: "no push",
    direction: "loses",
  } as const;
  expect(describeRules([{ ...rule, subject: null }], [])).toBe(
    "everybody else with push loses something by 1 permission set",
  );
  expect(
    describeRules(
      [
        { ...rule, subject: null },
        { ...rule, subject: "okta/a" },
      ],
      [],
    ),
  ).toBe("everybody else with push and 1 group or account lose something by 1 permission set");
});

test("a base that is not the revision that was asked for says so", () => {
  const digests = { ...sample.digests, merged: null, active: null, revision: null, comparedWith: "active" };
  expect(describeBase({ ...sample, digests: { ...digests, absentAt: null } })).toBe(
    "Compared with the active release.",
  );
  expect(describeBase({ ...sample, digests: { ...digests, absentAt: "f00" } })).toBe(
    "Compared with the active release, for there is no such environment at revision f00.",
  );
});
