/** What rules that restrict branches do to people, as rights, as an impact, and in words. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PermissionSet } from "../../model/environment/permission-set.ts";
import * as impact from "../../policy/impact.ts";
import { coversName } from "../../policy/places.ts";
import { describeImpact } from "../../report/impact.ts";
import { permissionSet } from "./permission-set.ts";

type Side = impact.Side;
// nothing here ends
const accessList = (side: Side, repositories: string[]) => impact.accessList(side, repositories, 0);
const accessChanges = (before: Side, after: Side, repositories: string[]) =>
  impact.accessChanges(before, after, repositories, 0);

const set = (parts: Partial<PermissionSet>): PermissionSet =>
  permissionSet({
    repositories: ["core/**"],
    read: ["okta/engineering"],
    write: ["okta/core-team"],
    ...parts,
  });

const people: Record<string, string[]> = {
  ada: ["okta/core-team"],
  eve: ["okta/release-managers"],
  joe: ["okta/engineering", "okta/release-managers"],
  rob: ["okta/core-team", "okta/release-managers"],
};

function side(permissions: Record<string, PermissionSet>, groups = people): Side {
  const accounts = new Map(
    Object.entries(groups).map(([name, names]) => [
      name,
      { name, connector: "okta", user: name, proven: null, groups: new Set(names) },
    ]),
  );
  return { release: { permissions }, population: { accounts, withheld: [], failures: [] } };
}

const open = side({ core: set({}) });
const restricted = side({ core: set({ branches: { stable: ["okta/release-managers"] } }) });
const repositories = ["core/web", "core/api", "docs"];

test("a branch is listed where the right on it is another than on its repository", () => {
  expect(accessList(restricted, repositories)).toEqual([
    { account: "ada", repository: "core/api", right: "write" },
    { account: "ada", repository: "core/api", branch: "stable", right: "read" },
    { account: "joe", repository: "core/api", right: "read" },
    { account: "rob", repository: "core/api", right: "write" },
    { account: "ada", repository: "core/web", right: "write" },
    { account: "ada", repository: "core/web", branch: "stable", right: "read" },
    { account: "joe", repository: "core/web", right: "read" },
    { account: "rob", repository: "core/web", right: "write" },
  ]);
});

test("a new rule takes push to its branch from writers whom it does not name; without it they have it again", () => {
  const [ada] = accessChanges(open, restricted, ["core/api"]);
  expect(accessChanges(open, restricted, ["core/api"])).toEqual([ada]);
  expect(ada).toEqual({
    account: "ada",
    repository: "core/api",
    branch: "stable",
    before: "write",
    after: "read",
  });
  expect(accessChanges(restricted, open, ["core/api"])).toEqual([{ ...ada, before: "read", after: "write" }]);
});

test("where the right on the repository changes, the branch is not told besides", () => {
  const closed = side({ core: set({ write: ["okta/ops"], branches: { stable: ["okta/ops"] } }) });
  const lose = { repository: "core/api", before: "write", after: null };
  expect(accessChanges(open, closed, ["core/api"])).toEqual([
    { account: "ada", ...lose },
    { account: "rob", ...lose },
  ]);
  expect(accessChanges(restricted, closed, ["core/api"])).toHaveLength(2);
});

test("who leaves the groups of a rule loses its branch alone", () => {
  const { rob: _, ...others } = people;
  const after = side(restricted.release.permissions, { ...others, rob: ["okta/core-team"] });
  expect(accessChanges(restricted, after, ["core/api", "docs"])).toEqual([
    { account: "rob", repository: "core/api", branch: "stable", before: "write", after: "read" },
  ]);
});

test("each rule of each set that covers a repository holds", () => {
  const guard = set({ read: [], write: [], branches: { stable: ["okta/ops"], old: ["okta/core-team"] } });
  const both = side({ ...restricted.release.permissions, guard });
  expect(accessChanges(restricted, both, ["core/api"])).toEqual([
    { account: "rob", repository: "core/api", branch: "stable", before: "write", after: "read" },
  ]);
});

const patterns = (branches: PermissionSet["branches"]) => side({ core: set({ branches }) });
const releases = patterns({ "release-*": ["okta/release-managers"] });

test("a pattern is listed and told as it stands, and what it covers follows it", () => {
  expect(accessList(releases, ["core/api"]).filter(({ account }) => account === "ada")).toEqual([
    { account: "ada", repository: "core/api", right: "write" },
    { account: "ada", repository: "core/api", branch: "release-*", right: "read" },
  ]);
  const narrow = patterns({ "release-*": ["okta/release-managers"], "release-1": ["okta/core-team"] });
  // ada is named by the narrower rule, and not by the one around it
  expect(accessList(narrow, ["core/api"]).filter(({ account }) => account === "ada")).toContainEqual({
    account: "ada",
    repository: "core/api",
    branch: "release-1",
    right: "read",
  });
  const words = (before: Side, after: Side) =>
    describeImpact({ changes: accessChanges(before, after, ["core/api", "core/my project"]) });
  expect(words(open, releases)).toEqual({
    summary: "1 account loses push to branches release-* of 2 repositories",
    lines: ['ada loses push to branches release-* of core/api, "core/my project"'],
  });
  expect(words(open, patterns({ "a b": ["okta/ops"], "release-*": ["okta/release-managers"] }))).toEqual({
    summary: "2 accounts lose push to 2 places in 2 repositories",
    lines: [
      'ada, rob lose push to branch "a b" of core/api, "core/my project"',
      'ada loses push to branches release-* of core/api, "core/my project"',
    ],
  });
});

test.each([
  ["added", { "release-1": ["okta/ops"] }],
  ["added, a pattern", { "release-1.*": ["okta/ops"] }],
  ["added, deeper", { "release-1?": ["okta/ops"], stable: ["okta/core-team"] }],
])("a rule within another one takes nothing from whom that one holds off already: %s", (_, more) => {
  const both = patterns({ ...releases.release.permissions.core?.branches, ...more });
  const changed = (before: Side, after: Side) =>
    accessChanges(before, after, ["core/api"]).map(({ account }) => account);
  expect(new Set(changed(releases, both))).toEqual(new Set(["rob"]));
  expect(new Set(changed(both, releases))).toEqual(new Set(["rob"]));
});

const names = ["stable", "release-1", "release-2", "release/1", "release/1/x"];
const anyPatterns = fc.dictionary(
  fc.constantFrom(
    "stable",
    "release-1",
    "release-*",
    "release-?",
    "r*",
    "release/*",
    "release/**",
    "**",
    "*",
  ),
  fc.subarray(["okta/core-team", "okta/release-managers", "okta/ops"], { minLength: 1 }),
  { maxKeys: 3 },
);

test("no change on any branch is missed, whatever the patterns, and none is told of a single branch without", () => {
  const may = (one: Side, account: string, name: string) =>
    accessList(one, ["core/api"]).every(
      (entry) =>
        entry.account !== account || entry.branch === undefined || !coversName("branch", entry.branch, name),
    );
  let seen = 0;
  fc.assert(
    fc.property(anyPatterns, anyPatterns, (before, after) => {
      const [was, will] = [patterns(before), patterns(after)];
      const changes = accessChanges(was, will, ["core/api"]);
      for (const account of ["ada", "rob"]) {
        const told = changes.filter((change) => change.account === account);
        for (const name of names) {
          const [could, can] = [may(was, account, name), may(will, account, name)];
          const there = told.filter(({ branch = "" }) => coversName("branch", branch, name));
          if (could !== can) {
            expect(there.map(({ after: right }) => right)).toContain(can ? "write" : "read");
            seen++;
          } else expect(told.filter(({ branch }) => branch === name)).toEqual([]);
        }
      }
    }),
    { numRuns: 1_000 },
  );
  expect(seen).toBeGreaterThan(300);
});

test("the impact in words names branch and repositories", () => {
  const words = (before: Side, after: Side) =>
    describeImpact({ changes: accessChanges(before, after, repositories) });
  expect(words(open, restricted)).toEqual({
    summary: "1 account loses push to branch stable of 2 repositories",
    lines: ["ada loses push to branch stable of core/api, core/web"],
  });
  expect(words(restricted, open).lines).toEqual(["ada gains push to branch stable of core/api, core/web"]);
  const old = side({ core: set({ branches: { old: ["okta/ops"], stable: ["okta/release-managers"] } }) });
  expect(words(open, old)).toEqual({
    summary: "2 accounts lose push to 2 branches of 2 repositories",
    lines: [
      "ada, rob lose push to branch old of core/api, core/web",
      "ada loses push to branch stable of core/api, core/web",
    ],
  });
});
