/** Constraints on what becomes of access, over HTTP, by every way in which access is taken away. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Harness, type Reply, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { constrained } from "./constrained.ts";
import {
  entraAdd,
  entraDeactivate,
  entraRemove,
  googleSuspend,
  oktaDeactivate,
  oktaRemove,
  oktaReplaceMembers,
  oktaUser,
} from "./payloads.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
});
afterEach(() => h.stop());

let people: Map<string, string>;
let groups: Map<string, string>;

/** Staff first, and the constraints on top. */
async function constrain(constraints: object, members: Readonly<Record<string, readonly string[]>>) {
  const first = await h.deploy(await constrained(h, {}));
  people = await staff(h, members);
  const listed = (await h.scim("GET", "/Groups")).body.Resources;
  groups = new Map(listed.map(({ displayName, id }: Record<string, string>) => [displayName, id]));
  await h.deploy(await constrained(h, constraints), first);
}

const id = (name: string) => people.get(name) ?? "";
const user = (name: string) => `/Users/${id(name)}`;
const group = (name: string) => `/Groups/${groups.get(name)}`;
const everybody = async () => [
  (await h.scim("GET", "/Users")).body,
  (await h.scim("GET", "/Groups")).body,
  h.accessFile(),
];

/** Each is refused with 409 (RFC 7644, section 3.12) and no scimType, and changes nothing. */
async function refused(writes: readonly (() => Promise<Reply>)[], detail: RegExp): Promise<void> {
  for (const write of writes) {
    const before = await everybody();
    const reply = await write();
    expect({ write: String(write), ...reply }).toMatchObject({ status: 409, body: { status: "409" } });
    expect(reply.body.scimType).toBeUndefined();
    expect(reply.body.detail).toMatch(detail);
    expect(await everybody()).toEqual(before);
    const { rows } = (await h.admin("GET", "/audit")).body;
    expect(rows.at(-1)).toMatchObject({
      outcome: "refused",
      code: "constraintOnAccess",
      detail: reply.body.detail,
    });
  }
}

/** The ways in which an identity provider takes an account away. */
const leaving = (name: string) => [
  () => h.scim("PATCH", user(name), oktaDeactivate),
  () => h.scim("PUT", user(name), oktaUser(`${name}@example.com`, { active: false })),
  () => h.scim("PUT", user(name), oktaUser(`${name}@example.com`, { userType: "contractor" })),
  () => h.scim("PATCH", user(name), entraDeactivate),
  () => h.scim("PATCH", user(name), googleSuspend),
  () => h.scim("DELETE", user(name)),
];

/** The ways in which it takes a member out of a group with the members ann and bob. */
const dropping = (name: string, from: string) => [
  () => h.scim("PATCH", group(from), oktaRemove(id(name))),
  () =>
    h.scim("PATCH", group(from), oktaReplaceMembers(...["ann", "bob"].filter((one) => one !== name).map(id))),
  () => h.scim("PATCH", group(from), entraRemove(id("ann"), id("bob"))),
  () => h.scim("PATCH", group(from), { Operations: [{ op: "remove", path: "members" }] }),
  () => h.scim("PUT", group(from), { displayName: from, members: [] }),
  () =>
    h.scim("PUT", group(from), {
      displayName: `${from}-2`,
      members: [{ value: id("ann") }, { value: id("bob") }],
    }),
  () => h.scim("DELETE", group(from)),
];

const members = { "release-managers": ["ann", "bob"], engineering: ["ann", "bob", "cai"] };

test("protect: accounts and groups stay, by whichever request", async () => {
  await constrain(
    { critical: { protect: { users: ["cai"], groups: ["okta/release-managers"] }, otherwise: "reject" } },
    members,
  );
  const renamed = () => h.scim("PUT", user("cai"), oktaUser("cai2@example.com"));
  await refused([...leaving("cai"), renamed], /^constraint critical: account cai is protected$/);
  await refused(
    [...leaving("ann"), ...dropping("ann", "release-managers")],
    /^constraint critical: group okta\/release-managers is protected/,
  );
  // everything else of theirs may change
  expect((await h.scim("PATCH", group("engineering"), entraRemove(id("ann"), id("cai")))).status).toBe(204);
  expect((await h.scim("PUT", user("cai"), oktaUser("cai@example.com"))).status).toBe(200);
  expect((await h.scim("PATCH", group("release-managers"), entraAdd(id("cai")))).status).toBe(204);
});

test("protect: an empty group is neither deleted nor renamed", async () => {
  await constrain(
    { critical: { protect: { groups: ["okta/docs-team"] }, otherwise: "reject" } },
    { "docs-team": [], engineering: ["ann"] },
  );
  await refused(
    [
      () => h.scim("DELETE", group("docs-team")),
      () => h.scim("PUT", group("docs-team"), { displayName: "other", members: [] }),
    ],
    /^constraint critical: group okta\/docs-team is protected$/,
  );
});

describe("keep", () => {
  test.each<[keep: object, left: string]>([
    [{ group: "okta/release-managers", atLeast: 2 }, "in okta/release-managers"],
    [{ writersOf: "docs", atLeast: 2 }, "with write on docs"],
    [{ permissions: ["docs"], atLeast: 2 }, "with write on docs \\(permissions.docs\\)"],
  ])("%j", async (keep, left) => {
    await constrain(
      { last: { keep, otherwise: "reject" } },
      { "release-managers": ["ann", "bob"], "docs-team": ["ann", "bob"], engineering: ["ann", "cai"] },
    );
    const from = "group" in keep ? "release-managers" : "docs-team";
    await refused(
      [...leaving("ann"), ...dropping("ann", from)],
      new RegExp(`^constraint last: [01] would be left ${left}, and 2 must stay$`),
    );
    expect((await h.scim("PATCH", user("cai"), oktaDeactivate)).status).toBe(200);
    expect((await h.scim("DELETE", group("engineering"))).status).toBe(204);
    // one of three may go
    await h.scim("PATCH", user("cai"), { Operations: [{ op: "replace", path: "active", value: true }] });
    expect((await h.scim("PATCH", group(from), entraAdd(id("cai")))).status).toBe(204);
    expect((await h.scim("PATCH", user("ann"), entraDeactivate)).status).toBe(200);
  });
});

test("separate: nobody comes into two of the groups, and everybody may leave them", async () => {
  const both = ["okta/core-team", "okta/docs-team"];
  await constrain(
    { duties: { separate: { groups: both }, otherwise: "reject", message: "Four eyes." } },
    { "core-team": ["ann", "bob"], "docs-team": ["bob", "cai"], other: ["ann"] },
  );
  await refused(
    [
      () => h.scim("PATCH", group("docs-team"), entraAdd(id("ann"))),
      () => h.scim("PATCH", group("core-team"), oktaReplaceMembers(id("ann"), id("bob"), id("cai"))),
    ],
    /^constraint duties: Four eyes\.$/,
  );
  // who is not in the list leaves all the same, and nobody joins
  const list = { displayName: "docs-team", members: [{ value: id("ann") }, { value: id("cai") }] };
  const put = await h.scim("PUT", group("docs-team"), list);
  expect([put.status, put.body.members.map(({ value }: { value: string }) => value)]).toEqual([
    200,
    [id("cai")],
  ]);
  // the same name in other words: the group that is called so is gone first
  expect((await h.scim("DELETE", group("docs-team"))).status).toBe(204);
  await refused(
    [() => h.scim("PUT", group("other"), { displayName: "DOCS-TEAM", members: [{ value: id("ann") }] })],
    /Four eyes/,
  );
  expect((await h.scim("PATCH", group("core-team"), entraRemove(id("ann"), id("bob")))).status).toBe(204);
});
