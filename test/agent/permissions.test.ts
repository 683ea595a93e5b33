/** Single accounts, denials and rules that end, from a release into the access file, the dump and the impact. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
let now = Date.parse("2026-06-01T00:00:00Z");
beforeEach(async () => {
  h = await startHarness(["core/api"], {}, { clock: () => now });
});
afterEach(() => h.stop());

const until = "2026-07-01T00:00:00Z";
const end = Date.parse(until);
const lent = (release: ReleaseShape) => {
  const { core } = release.permissions;
  core.write = ["okta/core-team", { account: "ada", until, reason: "migration", approver: "Carol" }];
  core.deny.read = [{ account: "rob" }];
  core.bookmarks = { released: ["okta/release-managers"] };
  core.paths = { "docs/*": ["okta/docs-team"] };
  release.permissions = { core };
};

test("what a set says of one account is in the access file, the dump and the impact, until it ends", async () => {
  await h.deploy(await h.release());
  await staff(h, { engineering: ["ada", "rob"], "core-team": ["rob"] });
  const release = await h.release(lent);
  const impact = (await h.admin("POST", "/impact", { body: { release } })).body;
  const ada = { account: "ada", repository: "core/api" };
  expect(impact.changes).toEqual([
    { ...ada, before: "read", after: "write" },
    { account: "rob", repository: "core/api", before: "write", after: null },
  ]);
  expect(impact).toMatchObject({
    lose: 1,
    gain: 1,
    unmatched: ['permissions.core: "!core/archive/**"'],
    ended: [],
  });

  await h.deploy(release, impact.from);
  const { grants, restrictions } = h.accessFile();
  expect(grants).toContain(`core,allow,ada,write,${end}`);
  expect(grants).toContain("core,deny,rob,read,8640000000000000");
  expect(restrictions).toEqual([
    "core,bookmark,released,okta/release-managers",
    "core,branch,stable,okta/release-managers",
    "core,path,docs/*,okta/docs-team",
  ]);
  const access = async () => (await h.admin("GET", "/access")).body.access;
  now = end - 1;
  expect(await access()).toEqual([
    { ...ada, right: "write" },
    { ...ada, bookmark: "released", right: "read" },
    { ...ada, branch: "stable", right: "read" },
    { ...ada, path: "docs/*", right: "read" },
  ]);
  now = end;
  expect(await access()).toEqual([{ ...ada, right: "read" }]);
  const after = (await h.admin("POST", "/impact", { body: { release } })).body;
  expect(after).toMatchObject({
    changes: [],
    ended: ["permissions.core: write of ada ended 2026-07-01T00:00:00Z"],
  });
});
