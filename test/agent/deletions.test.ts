/** `deletions: never`: what a DELETE takes away is the access, and not the resource. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";

let h: Harness;
let ids: Map<string, string>;
const deploy = async (edit?: (release: ReleaseShape) => void) =>
  h.deploy(
    await h.release((release) => {
      release.connectors.okta.deletions = "never";
      edit?.(release);
    }),
  );
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
});
afterEach(() => h.stop());

const hire = async () => {
  ids = await staff(h, { "core-team": ["ada", "bob"], engineering: ["ada", "bob"] });
};
const accounts = async () =>
  (await h.admin("GET", "/access")).body.accounts.map(({ account }: { account: string }) => account);
const group = async (name: string) =>
  (await h.scim("GET", `/Groups?filter=${encodeURIComponent(`displayName eq "${name}"`)}`)).body.Resources[0];
const lastAudit = async () => (await h.admin("GET", "/audit")).body.rows.at(-1);

test("a user who is deleted has no access, is in no group, and is still there", async () => {
  await deploy();
  await hire();
  const ada = `/Users/${ids.get("ada")}`;
  const before = (await h.scim("GET", ada)).body;
  expect((await h.scim("DELETE", ada)).status).toBe(204);
  expect(await lastAudit()).toMatchObject({
    operation: "user.delete",
    outcome: "done",
    detail: "account ada loses all access: inactive",
  });
  expect(await accounts()).toEqual(["bob"]);
  expect(h.accessFile().accounts).toEqual(["ada,0", "bob,1"]);
  expect(h.accessFile().memberships).not.toContain(expect.stringContaining("ada"));
  expect((await h.scim("GET", ada)).body).toEqual({
    ...before,
    active: false,
    groups: [],
    meta: { ...before.meta, version: 'W/"2"', lastModified: expect.any(String) },
  });
  expect((await group("core-team")).members).toHaveLength(1);

  // again, and by who is inactive already: nothing is left to be taken
  expect((await h.scim("DELETE", ada)).status).toBe(204);
  expect((await h.scim("GET", ada)).body.meta.version).toBe('W/"2"');
});

test("who comes back is found, and comes without the old groups", async () => {
  await deploy();
  await hire();
  const ada = `/Users/${ids.get("ada")}`;
  await h.scim("DELETE", ada);
  expect((await h.scim("POST", "/Users", { userName: "ada@example.com" })).status).toBe(409);
  const [found] = (
    await h.scim("GET", `/Users?filter=${encodeURIComponent('userName eq "ada@example.com"')}`)
  ).body.Resources;
  expect(found).toMatchObject({ id: ids.get("ada"), active: false });
  await h.scim("PUT", ada, { userName: "ada@example.com", active: true });
  expect(await accounts()).toEqual(["ada", "bob"]);
  expect((await h.scim("GET", ada)).body.groups).toEqual([]);
  expect(
    (await h.admin("GET", "/access")).body.access.map(({ account }: { account: string }) => account),
  ).not.toContain("ada");
});

test("a group that is deleted gives nothing, and is still there", async () => {
  await deploy();
  await hire();
  const { id } = await group("core-team");
  expect((await h.scim("DELETE", `/Groups/${id}`)).status).toBe(204);
  expect(await group("core-team")).toMatchObject({ id, members: [] });
  expect(h.accessFile().memberships?.some((one) => String(one).includes("core-team"))).toBe(false);
  expect((await h.scim("DELETE", `/Groups/${id}`)).status).toBe(204);
  expect((await h.scim("POST", "/Groups", { displayName: "core-team" })).status).toBe(409);
});

test("what stops a deletion stops this one, and changes nothing", async () => {
  await deploy((release) => {
    release.constraints.critical = { protect: { groups: ["okta/core-team"] }, otherwise: "reject" };
  });
  await hire();
  const { id } = await group("core-team");
  for (const path of [`/Users/${ids.get("ada")}`, `/Groups/${id}`]) {
    const refused = await h.scim("DELETE", path);
    expect(refused.status).toBe(409);
    expect(refused.body.detail).toContain("critical");
  }
  expect(await accounts()).toEqual(["ada", "bob"]);
  expect((await group("core-team")).members).toHaveLength(2);
  const conditional = await h.scim("DELETE", "/Users/nobody");
  expect(conditional.status).toBe(404);
});

test("without it, and with allow, a DELETE deletes: both are one release", async () => {
  const first = await h.deploy(await h.release());
  await hire();
  expect((await h.scim("DELETE", `/Users/${ids.get("ada")}`)).status).toBe(204);
  expect((await h.scim("GET", `/Users/${ids.get("ada")}`)).status).toBe(404);
  // from the next release on
  await h.deploy(
    await h.release((release) => {
      release.connectors.okta.deletions = "never";
    }),
    first,
  );
  await h.scim("DELETE", `/Users/${ids.get("bob")}`);
  expect((await h.scim("GET", `/Users/${ids.get("bob")}`)).body.active).toBe(false);
});
