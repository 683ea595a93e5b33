/** Rules that restrict branches, from a release into the access file, the dump and the impact. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { change } from "./mercurial/access.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
});
afterEach(() => h.stop());

const withRule = (...groups: string[]) =>
  h.release((release: ReleaseShape) => {
    release.permissions.core.branches = { stable: groups };
  });
const withoutRule = () =>
  h.release((release: ReleaseShape) => {
    release.permissions.core.branches = {};
  });

async function hire(name: string, ...groups: string[]): Promise<void> {
  const user = await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
  for (const displayName of groups)
    await h.scim("POST", "/Groups", { displayName, members: [{ value: user.body.id }] });
}

test("a rule is in the access file, the dump and the impact, and gone with the release that has it", async () => {
  const open = await h.deploy(await withoutRule());
  await hire("ada", "core-team");
  const before = { file: h.accessFile(), dump: (await h.admin("GET", "/access")).body };
  expect(before.file.restrictions).toEqual([]);

  const impact = await h.admin("POST", "/impact", {
    body: { release: await withRule("okta/release-managers") },
  });
  expect(impact.body.changes).toEqual([
    { account: "ada", repository: "core/api", branch: "stable", before: "write", after: "read" },
  ]);
  const restricted = await h.deploy(await withRule("okta/release-managers"), open);
  expect(h.accessFile().restrictions).toEqual(["core,branch,stable,okta/release-managers"]);
  expect((await h.admin("GET", "/access")).body.access).toContainEqual({
    account: "ada",
    repository: "core/api",
    branch: "stable",
    right: "read",
  });

  await h.deploy(await withoutRule(), restricted);
  expect(h.accessFile()).toEqual(before.file);
  expect((await h.admin("GET", "/access")).body).toEqual(before.dump);
});

test("a pattern is in the access file, the dump and the impact as it stands, of a repository with a space too", async () => {
  mkdirSync(join(h.config.repositories, "core/my project/.hg"), { recursive: true });
  await h.deploy(await withoutRule());
  await hire("ada", "core-team");
  const release = await h.release((draft: ReleaseShape) => {
    draft.permissions.core.repositories = ["core/my *"];
    draft.permissions.core.branches = { "release-*": ["okta/release-managers"] };
    draft.permissions.core.bookmarks = { "v?/**": ["okta/release-managers"] };
  });
  const { changes } = (await h.admin("POST", "/impact", { body: { release } })).body;
  const there = { account: "ada", repository: "core/my project" };
  expect(changes).toContainEqual({ ...there, branch: "release-*", before: "write", after: "read" });
  expect(changes).toContainEqual({ ...there, bookmark: "v?/**", before: "write", after: "read" });
  await h.deploy(release, (await h.admin("GET", "/release")).body.digest);
  expect(h.accessFile().restrictions).toEqual([
    "core,bookmark,v?/**,okta/release-managers",
    "core,branch,release-*,okta/release-managers",
  ]);
  expect((await h.admin("GET", "/access")).body.access).toEqual([
    { ...there, right: "write" },
    { ...there, bookmark: "v?/**", right: "read" },
    { ...there, branch: "release-*", right: "read" },
  ]);
});

test("characters that nobody sees are refused however the release was made", async () => {
  const release = await h.release((draft: ReleaseShape) => {
    draft.permissions.core.repositories = ["core/api", "core/a\u200bb"];
    draft.permissions.core.branches = { "a\tb": ["okta/release-managers"] };
  });
  const reply = await h.admin("PUT", "/release", {
    body: { release, origin: {} },
    headers: { "If-None-Match": "*" },
  });
  expect(reply.status).toBe(422);
  expect(reply.body.error.problems).toEqual([
    expect.stringMatching(/^permissions\.core\.repositories\.1: U\+200B in a pattern/),
    expect.stringMatching(/^permissions\.core\.branches\.a\tb: U\+0009 in a pattern/),
  ]);
});

test("rules that contradict each other are refused however the release was made", async () => {
  const release = await h.release((draft: ReleaseShape) => {
    draft.permissions.core.branches = { stable: ["okta/release-managers"] };
    draft.permissions.guard = {
      ...draft.permissions.core,
      read: [],
      write: [],
      repositories: ["core/api"],
      branches: { stable: ["okta/core-team"] },
    };
  });
  const reply = await h.admin("PUT", "/release", {
    body: { release, origin: {} },
    headers: { "If-None-Match": "*" },
  });
  expect(reply.status).toBe(422);
  expect(reply.body.error.problems).toEqual([
    'permissions.guard.branches.stable: branch "stable" is for okta/core-team here and for okta/release-managers in permission set "core" (permissions.core.branches.stable), and both cover repositories such as core/api (expected the same groups in both)',
  ]);
});

test("an access file of a format before is made anew when the agent starts", async () => {
  await h.deploy(await withRule("okta/release-managers"));
  await hire("ada", "core-team");
  const before = h.accessFile();
  for (const older of [
    "DROP TABLE restrictions; PRAGMA user_version = 2",
    "DROP TABLE keys; PRAGMA user_version = 5",
  ]) {
    change(h.config.access, older);
    await h.restart();
    expect(h.accessFile()).toEqual(before);
  }
});
