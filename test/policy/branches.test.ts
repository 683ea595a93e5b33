/** What rules that restrict branches do to people, as rights, as an impact, and in words. */
import { expect, test } from "vitest";
import type { PermissionSet } from "../../model/environment/permission-set.ts";
import * as impact from "../../policy/impact.ts";
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
