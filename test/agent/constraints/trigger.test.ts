/** `trigger`: who gets an account by a group, gets it and loses it with the group, whichever came first and however it is said. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { constrained } from "./constrained.ts";

let h: Harness;
let digest: string;
const staffOnly = { staff: { trigger: { groups: ["okta/engineering"] }, otherwise: "reject" } };
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  digest = await h.deploy(await constrained(h, staffOnly));
});
afterEach(() => h.stop());

const create = async (name: string, more: object = {}) =>
  (await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true, ...more })).body.id;
const group = async (displayName: string, ...ids: string[]) =>
  h.scim("POST", "/Groups", { displayName, members: ids.map((value) => ({ value })) });
const patch = (path: string, ...Operations: object[]) => h.scim("PATCH", path, { Operations });
const add = (...ids: string[]) => ({ op: "add", path: "members", value: ids.map((value) => ({ value })) });
const remove = (id: string) => ({ op: "remove", path: `members[value eq "${id}"]` });
const present = () =>
  (h.accessFile().accounts ?? []).map(String).flatMap((row) => (row.endsWith(",1") ? row.slice(0, -2) : []));
const inStore = async () =>
  (await h.admin("GET", "/access")).body.accounts.map(({ account }: { account: string }) => account);
const last = async () => (await h.admin("GET", "/audit?last=1")).body.rows[0];
/** Who has an account, by the file and by what the store and the release come to. */
const having = async () => {
  expect(await inStore()).toEqual(present());
  return present();
};

test("a user who comes first has none until they are in the group, and none once they are out of it", async () => {
  const ann = await create("ann");
  expect(await having()).toEqual([]);
  expect((await last()).detail).toBe("no account: in no group that triggers one");
  const { body: engineering } = await group("engineering");
  const path = `/Groups/${engineering.id}`;
  expect((await patch(path, add(ann))).status).toBe(204);
  expect(await having()).toEqual(["ann"]);
  expect(h.accessFile().memberships).toEqual(["ann,okta/engineering"]);
  expect((await last()).detail).toContain("by a trigger 1 accounts are let in: ann");
  expect((await patch(path, remove(ann))).status).toBe(204);
  expect(await having()).toEqual([]);
  expect(h.accessFile().accounts).toEqual(["ann,0"]);
  expect((await last()).detail).toContain("by a trigger 1 accounts lose all access: ann");
  // over a start too
  await h.restart();
  expect(await having()).toEqual([]);
});

test("comes with the groups that they are in already, and with their keys and derived groups", async () => {
  const draft = await constrained(h, staffOnly, (release: ReleaseShape) => {
    release.connectors.okta.mapping.keys = "[user.?nickName.orValue('')]";
    release.connectors.okta.groups.push({ name: "leads", when: 'user.?title.orValue("") == "Lead"' });
  });
  await h.deploy(draft, digest);
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB";
  const ann = await create("ann", { title: "Lead", nickName: key });
  await group("core-team", ann);
  expect(h.accessFile().memberships).toEqual([]);
  await group("engineering", ann);
  expect(h.accessFile().memberships).toEqual([
    "ann,okta/core-team",
    "ann,okta/engineering",
    "ann,okta/leads",
  ]);
  expect((await last()).detail).toContain("1 joined");
});

test("a derived group triggers too, with the attribute", async () => {
  const derived = { staff: { trigger: { groups: ["okta/leads"] }, otherwise: "reject" } };
  await h.deploy(
    await constrained(h, derived, (release: ReleaseShape) => {
      release.connectors.okta.groups.push({ name: "leads", when: 'user.?title.orValue("") == "Lead"' });
    }),
    digest,
  );
  const ann = await create("ann");
  expect(await having()).toEqual([]);
  await patch(`/Users/${ann}`, { op: "replace", path: "title", value: "Lead" });
  expect(await having()).toEqual(["ann"]);
  await patch(`/Users/${ann}`, { op: "replace", path: "title", value: "Engineer" });
  expect(await having()).toEqual([]);
});

describe("the same comes of every way in and out", () => {
  let people: Map<string, string>;
  let path: string;
  const id = (name: string) => people.get(name) ?? "";
  const members = (...names: string[]) => names.map((name) => ({ value: id(name) }));
  beforeEach(async () => {
    people = await staff(h, { "core-team": ["ann", "bob", "cy"] });
    path = `/Groups/${(await group("engineering", id("ann"), id("bob"))).body.id}`;
    expect(await having()).toEqual(["ann", "bob"]);
  });

  test.each<[string, () => Promise<{ status: number }>, string[]]>([
    [
      "a PUT of the group",
      () => h.scim("PUT", path, { displayName: "engineering", members: members("bob", "cy") }),
      ["bob", "cy"],
    ],
    [
      "a PUT by a large body",
      () =>
        h.scim("PUT", path, {
          ...{ displayName: "engineering", members: members("bob", "cy") },
          padding: "x".repeat(300_000),
        }),
      ["bob", "cy"],
    ],
    [
      "a PATCH that replaces",
      () => patch(path, { op: "replace", path: "members", value: members("cy") }),
      ["cy"],
    ],
    ["a DELETE of the group", () => h.scim("DELETE", path), []],
    [
      "another name of the group",
      () => patch(path, { op: "replace", path: "displayName", value: "docs-team" }),
      [],
    ],
    [
      "its former name again",
      async () => {
        await patch(path, { op: "replace", path: "displayName", value: "docs-team" });
        return patch(path, { op: "replace", path: "displayName", value: "Engineering " });
      },
      ["ann", "bob"],
    ],
    ["an unknown member beside one who leaves", () => patch(path, remove(id("ann")), add("nobody")), ["bob"]],
    ["a deactivation", () => deactivate(h, id("ann")), ["bob"]],
    ["a DELETE of the user", () => h.scim("DELETE", `/Users/${id("ann")}`), ["bob"]],
  ])("%s", async (_, how, left) => {
    expect((await how()).status).toBeLessThan(300);
    expect(await having()).toEqual(left);
    const { memberships } = h.accessFile();
    expect(new Set(memberships?.map((row) => String(row).split(",")[0]))).toEqual(new Set(left));
    await h.restart();
    expect(await having()).toEqual(left);
  });

  test("a release that adds one, and one that takes it out", async () => {
    const none = await h.deploy(await constrained(h, {}), digest);
    expect(await having()).toEqual(["ann", "bob", "cy"]);
    await h.deploy(await constrained(h, staffOnly), none);
    expect(await having()).toEqual(["ann", "bob"]);
  });

  test("who has left and is in the group again is the same person; who came with another externalId meanwhile waits", async () => {
    const other = (value: string) =>
      patch(`/Users/${id("ann")}`, { op: "replace", path: "externalId", value });
    await other("00u1");
    await patch(path, remove(id("ann")));
    await other("00u2");
    await patch(path, add(id("ann")));
    expect(await having()).toEqual(["bob"]);
    expect((await last()).detail).toContain("account ann is withheld");
    expect((await h.admin("GET", "/owners")).body.withheld).toMatchObject([{ account: "ann" }]);
    // and waits no longer once they are out of it
    await patch(path, remove(id("ann")));
    expect((await h.admin("GET", "/owners")).body.withheld).toEqual([]);
    await other("00u1");
    await patch(path, add(id("ann")));
    expect(await having()).toEqual(["ann", "bob"]);
  });
});

describe("beside other constraints", () => {
  test("who is let in by a group is judged as one who comes, and nothing keeps others in for that", async () => {
    await h.deploy(
      await constrained(h, {
        ...staffOnly,
        titled: { on: ["user.create"], require: "has(user.title)", otherwise: "reject" },
      }),
      digest,
    );
    const ann = await create("ann", { title: "Engineer" });
    const bob = await create("bob");
    const path = `/Groups/${(await group("engineering", ann)).body.id}`;
    const refused = await patch(path, add(bob));
    expect(refused).toMatchObject({ status: 400 });
    expect(refused.body.detail).toContain(`user ${bob}: constraint titled`);
    expect(await having()).toEqual(["ann"]);
    expect((await patch(path, remove(ann), add(bob))).status).toBe(204);
    expect(await having()).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["a limit", { limit: { deactivations: 1, above: 0, per: "1h" } }, "2 accounts would lose all access"],
    ["a protected account", { protect: { users: ["bob"] } }, "account bob is protected"],
    ["a protected group", { protect: { groups: ["okta/engineering"] } }, "okta/engineering is protected"],
    ["the last ones of the group", { keep: { group: "okta/engineering", atLeast: 1 } }, "would be left in"],
  ])("%s stops who is shut out by the group as it stops any leaver", async (_, constraint, reason) => {
    await h.deploy(
      await constrained(h, { ...staffOnly, stop: { ...constraint, otherwise: "reject" } }),
      digest,
    );
    const [ann, bob] = [await create("ann"), await create("bob")];
    const path = `/Groups/${(await group("engineering", ann, bob)).body.id}`;
    const { status, body } = await h.scim("PUT", path, { displayName: "engineering", members: [] });
    expect(status).toBe(409);
    expect(body.detail).toContain(reason);
    expect(await having()).toEqual(["ann", "bob"]);
  });

  test("each trigger names a group; one of another connector's users decides for none of these", async () => {
    await h.deploy(
      await constrained(h, {
        ...staffOnly,
        team: { trigger: { groups: ["okta/core-team", "okta/docs-team"] }, otherwise: "reject" },
      }),
      digest,
    );
    const ann = await create("ann");
    await group("engineering", ann);
    expect(await having()).toEqual([]);
    await group("docs-team", ann);
    expect(await having()).toEqual(["ann"]);
  });

  test("of two who map to one account, the second is refused in the group", async () => {
    const one = await create("ann");
    const other = (await h.scim("POST", "/Users", { userName: "ann@sub.example.com@example.com" })).body.id;
    const path = `/Groups/${(await group("engineering", one)).body.id}`;
    const { status, body } = await patch(path, add(other));
    expect([status, body.detail]).toEqual([
      409,
      expect.stringContaining('account "ann" belongs to another user'),
    ]);
    expect(await having()).toEqual(["ann"]);
  });
});

test("a plan that adds one says who loses", async () => {
  const none = await h.deploy(await constrained(h, {}), digest);
  await staff(h, { "core-team": ["ann"], engineering: ["bob"] });
  const release = await constrained(h, staffOnly);
  const { lose, changes } = (await h.admin("POST", "/impact", { body: { release } })).body;
  expect({ none: typeof none, lose }).toEqual({ none: "string", lose: 1 });
  expect(changes).toMatchObject([{ account: "ann", repository: "core/api", before: "write", after: null }]);
});
