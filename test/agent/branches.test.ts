/** Rules that restrict branches, from a release into the access file, the dump and the impact. */
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

test("an access file of the format before is made anew when the agent starts", async () => {
  await h.deploy(await withRule("okta/release-managers"));
  await hire("ada", "core-team");
  const before = h.accessFile();
  change(h.config.access, "DROP TABLE restrictions; PRAGMA user_version = 2");
  await h.restart();
  expect(h.accessFile()).toEqual(before);
});
