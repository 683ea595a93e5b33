/** An impact names the groups that a release counts on and the identity provider has not sent. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs", "releases/1"]);
});
afterEach(() => h.stop());

const unsent = async (release: unknown): Promise<string[]> =>
  (await h.admin("POST", "/impact", { body: { release } })).body.unsent;

test("from the time on at which they can come, until they are there, and when they are gone again", async () => {
  const release = await h.release();
  expect(await unsent(release)).toEqual([]);
  await h.deploy(release);
  expect(await unsent(release)).toContain('permissions.core: okta has sent no group "core-team"');

  await staff(h, { engineering: ["ada"], "Core-Team": ["ada"], "docs team": [] });
  const told = [
    'permissions.core: okta has sent no group "release-managers"',
    'permissions.docs: okta has sent no group "docs-team"',
    'permissions.releases: okta has sent no group "release-managers"',
  ];
  expect(await unsent(release)).toEqual(told);

  const groups = (await h.scim("GET", `/Groups?filter=${encodeURIComponent('displayName eq "engineering"')}`))
    .body;
  await h.scim("DELETE", `/Groups/${groups.Resources[0].id}`);
  expect(await unsent(release)).toContain('permissions.archive: okta has sent no group "engineering"');
  // the end of a release names nothing
  expect(await unsent(null)).toEqual([]);
});
