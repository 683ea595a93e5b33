/**
 * A right that is taken away is taken, whatever stands beside it in the request; and what is refused has changed nothing.
 * Over HTTP, in the words of the providers.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { constrained } from "./constraints/constrained.ts";
import { oktaUser } from "./constraints/payloads.ts";
import { type Harness, type Reply, startHarness } from "./harness.ts";
import { stateOf } from "./wire.ts";

const core = "urn:ietf:params:scim:schemas:core:2.0:User";
const patch = (...Operations: object[]) => ({ Operations });
const values = (...ids: string[]) => ids.map((value) => ({ value }));

let h: Harness;
let group: string;
let round = 0;
/** Ann and Bob are in core-team, Cai is not, Dee is protected; by SCIM id. */
let ann: string;
let bob: string;
let cai: string;

beforeAll(async () => {
  h = await startHarness(["core/api"]);
  const first = await h.deploy(await constrained(h, {}));
  group = (await h.scim("POST", "/Groups", { displayName: "core-team" })).body.id;
  await h.scim("POST", "/Groups", { displayName: "docs-team" });
  const joins = {
    on: ["member.add"],
    require: '!user.userName.startsWith("cai")',
    otherwise: "reject",
    message: "Not Cai.",
  };
  const titles = { require: '!has(user.title) || user.title != "Sir"', otherwise: "reject" };
  await h.deploy(await constrained(h, { joins, titles }), first);
});
afterAll(() => h.stop());

beforeEach(async () => {
  round++;
  const create = async (name: string) => {
    const reply = await h.scim("POST", "/Users", {
      userName: `${name}${round}@example.com`,
      externalId: name + round,
    });
    return reply.body.id;
  };
  [ann, bob, cai] = [await create("ann"), await create("bob"), await create("cai")];
  const put = await h.scim("PUT", `/Groups/${group}`, {
    displayName: "core-team",
    members: values(ann, bob),
  });
  expect(put.status).toBe(200);
  expect(await writers()).toEqual([`ann${round}`, `bob${round}`]);
});

async function writers(): Promise<string[]> {
  const { access } = (await h.admin("GET", "/access")).body;
  return access
    .filter(
      ({ repository, branch, right }: Record<string, string>) =>
        repository === "core/api" && !branch && right === "write",
    )
    .map(({ account }: Record<string, string>) => account)
    .sort();
}

const lastRow = async () => (await h.admin("GET", "/audit?last=1")).body.rows[0];
const change = (body: object) => h.scim("PATCH", `/Groups/${group}`, body);
const put = (body: object) => h.scim("PUT", `/Groups/${group}`, body);

/** The request is done as far as it takes away, and the audit and the log say why no further. */
async function expectPart(send: () => Promise<Reply>, code: string, left: readonly string[]): Promise<void> {
  const logged = h.logs.length;
  const reply = await send();
  expect([reply.status < 300, reply.body?.detail]).toEqual([true, undefined]);
  expect(await writers()).toEqual(left.map((name) => `${name}${round}`));
  const row = await lastRow();
  expect(row).toMatchObject({
    outcome: "done",
    code,
    detail: expect.stringContaining("nothing else is done: "),
  });
  const told = h.logs.slice(logged).map((line) => JSON.parse(line));
  expect(told).toContainEqual(expect.objectContaining({ level: 40, code, target: row.target }));
}

/** Nothing changes, but for the audit. */
async function expectRefused(send: () => Promise<Reply>, status: number): Promise<void> {
  const before = stateOf(h);
  const reply = await send();
  expect([reply.status, stateOf(h) === before]).toEqual([status, true]);
  expect(await lastRow()).toMatchObject({ outcome: "refused" });
}

describe("a member leaves", () => {
  const gone = "11111111-2222-3333-4444-555555555555";
  const filtered = () => ({ op: "remove", path: `members[value eq "${ann}"]` });
  const listed = () => ({ op: "Remove", path: "members", value: [{ $ref: null, value: ann }] });
  test.each<[string, () => object[], string]>([
    [
      "beside one who is not known",
      () => [filtered(), { op: "add", path: "members", value: values(gone) }],
      "invalidValue",
    ],
    ["behind one", () => [{ op: "Add", path: "members", value: values(gone) }, listed()], "invalidValue"],
    [
      "beside a group as a member",
      () => [listed(), { op: "add", path: "members", value: [{ value: group, type: "Group" }] }],
      "invalidValue",
    ],
    [
      "beside a group that is not said to be one",
      () => [listed(), { op: "add", path: "members", value: values(cai, group) }],
      "invalidValue",
    ],
    [
      "beside one who may not join",
      () => [filtered(), { op: "add", path: "members", value: values(cai) }],
      "constraintOnValue",
    ],
    [
      "though he joined in the same request",
      () => [{ op: "add", value: { members: values(ann, cai) } }, filtered()],
      "constraintOnValue",
    ],
    [
      "beside a name that is none",
      () => [filtered(), { op: "replace", value: { id: group, displayName: 7 } }],
      "invalidValue",
    ],
    [
      "beside a name that is taken",
      () => [listed(), { op: "replace", path: "displayName", value: "docs-team" }],
      "uniqueness",
    ],
    ["beside what is required", () => [listed(), { op: "remove", path: "displayName" }], "mutability"],
    [
      "beside a path that is none",
      () => [filtered(), { op: "remove", path: 'members[value eq "x' }],
      "invalidPath",
    ],
    [
      "beside another filter on members",
      () => [filtered(), { op: "remove", path: 'members[display sw "b"]' }],
      "invalidPath",
    ],
    [
      "for not being in the list with one who may not join",
      () => [{ op: "replace", path: "members", value: values(bob, cai) }],
      "constraintOnValue",
    ],
    [
      "for not being in the list with what is none",
      () => [{ op: "replace", value: { members: [...values(bob), 5] } }],
      "invalidValue",
    ],
    [
      "with everybody who is not added again",
      () => [
        { op: "remove", path: "members" },
        { op: "add", path: "members", value: values(bob, cai) },
      ],
      "constraintOnValue",
    ],
  ])("%s", async (_, operations, code) => {
    await expectPart(() => change(patch(...operations())), code, ["bob"]);
  });

  test("with everybody, where nobody may join instead", async () => {
    const add = { op: "add", path: "members", value: values(cai) };
    await expectPart(() => change(patch({ op: "remove", path: "members" }, add)), "constraintOnValue", []);
  });

  test("for not being in a whole group of which another part fails", async () => {
    const members = values(bob);
    await expectPart(() => put({ displayName: "docs-team", members }), "uniqueness", ["bob"]);
    await put({ displayName: "core-team", members: values(ann, bob) });
    await expectPart(() => put({ displayName: "core-team", members: [...members, {}] }), "invalidValue", [
      "bob",
    ]);
    await put({ displayName: "core-team", members: values(ann, bob) });
    await expectPart(() => put({ displayName: ["x", "y"], members: [] }), "invalidValue", []);
  });

  test("by a list with some who are not known: all else of it is done, and they are named", async () => {
    const members = values(bob, gone);
    const reply = await put({ displayName: "core-team", externalId: `r${round}`, members });
    expect(reply).toMatchObject({
      status: 200,
      body: { externalId: `r${round}`, members: [{ value: bob }] },
    });
    expect(await writers()).toEqual([`bob${round}`]);
    expect(await lastRow()).toMatchObject({
      outcome: "done",
      code: null,
      detail: expect.stringContaining(`ignored members[value eq "${gone}"]`),
    });
    expect(h.logs.at(-1)).toContain(gone);
    const moved = patch(
      { op: "Remove", path: "members", value: values(bob, "of old") },
      { op: "Add", path: "members", value: values(gone, ann) },
    );
    expect((await change(moved)).status).toBe(204);
    expect(await writers()).toEqual([`ann${round}`]);
    const { detail } = await lastRow();
    expect([detail.includes(gone), detail.includes("of old")]).toEqual([true, true]);
  });

  test("a new group is made with those who are known", async () => {
    const body = { displayName: `team${round}`, members: values(ann, gone) };
    expect(await h.scim("POST", "/Groups", body)).toMatchObject({
      status: 201,
      body: { members: [{ value: ann }] },
    });
    expect((await lastRow()).detail).toContain(`ignored members[value eq "${gone}"]`);
  });

  test("what is unknown is named, where only a part is done too", async () => {
    const list = { op: "replace", value: { members: values(bob, gone), costs: 1, displayName: 7 } };
    await expectPart(() => change(patch(list)), "invalidValue", ["bob"]);
    const { detail } = await lastRow();
    expect(detail).toContain(`ignored costs, members[value eq "${gone}"]`);
  });

  test("who is not known leaves as often as anybody likes", async () => {
    for (const operation of [
      { op: "remove", path: `members[value eq "${gone}"]` },
      { op: "Remove", path: "members", value: values(gone) },
    ])
      expect((await change(patch(operation))).status).toBe(204);
    expect(await writers()).toEqual([`ann${round}`, `bob${round}`]);
    expect((await lastRow()).detail).toContain(gone);
  });

  test.each<[string, () => Promise<Reply>, number]>([
    [
      "a whole group of strangers",
      () => put({ displayName: "core-team", members: values(gone, "other") }),
      400,
    ],
    [
      "a list of strangers",
      () => change(patch({ op: "replace", path: "members", value: values(gone) })),
      400,
    ],
    ["a list of what is none", () => change(patch({ op: "replace", path: "members", value: [5] })), 400],
    [
      "a list of groups",
      () => put({ displayName: "core-team", members: [{ value: "g", type: "Group" }] }),
      400,
    ],
    [
      "strangers who join and leave",
      () =>
        change(
          patch(
            { op: "add", path: "members", value: values(gone) },
            { op: "remove", path: "members", value: values(gone) },
          ),
        ),
      400,
    ],
    [
      "a new group of strangers",
      () => h.scim("POST", "/Groups", { displayName: `g${round}`, members: values(gone) }),
      400,
    ],
    ["a whole group that is none, without a list", () => put({ displayName: "docs-team" }), 409],
    [
      "who leaves and joins again, beside what fails",
      () => change(patch(listed(), { op: "add", path: "members", value: values(ann, cai) })),
      400,
    ],
    ["what is no PATCH message", () => change(patch(listed(), { op: "jump" })), 400],
  ])("but %s is refused, and nobody leaves", async (_, send, status) => {
    await expectRefused(send, status);
  });

  test("a stranger's list beside a removal: the removal alone", async () => {
    const list = { op: "replace", path: "members", value: values(gone) };
    await expectPart(() => change(patch(list, filtered())), "invalidValue", ["bob"]);
  });
});

describe("a user is deactivated", () => {
  const off = { op: "Replace", path: "active", value: "False" };
  const send = (body: object) => h.scim("PATCH", `/Users/${ann}`, body);
  const whole = (parts: object) =>
    h.scim("PUT", `/Users/${ann}`, {
      userName: `ann${round}@example.com`,
      externalId: `ann${round}`,
      active: false,
      ...parts,
    });

  test.each<[string, () => object[], string]>([
    [
      "beside a value of the wrong type",
      () => [off, { op: "replace", path: "title", value: { a: 1 } }],
      "invalidValue",
    ],
    ["behind one", () => [{ op: "add", path: "emails", value: 7 }, off], "invalidValue"],
    ["in the same value", () => [{ op: "replace", value: { active: false, emails: 7 } }], "invalidValue"],
    [
      "beside a userName that is taken",
      () => [off, { op: "replace", path: "userName", value: `bob${round}@example.com` }],
      "uniqueness",
    ],
    ["beside what is read-only", () => [{ op: "replace", path: "id", value: "7" }, off], "mutability"],
    [
      "beside a path that is none",
      () => [off, { op: "add", path: 'emails[type eq "wo', value: "x" }],
      "invalidPath",
    ],
    [
      "beside a filter that is none",
      () => [off, { op: "add", path: "emails[size eq 1].value", value: "x" }],
      "invalidFilter",
    ],
    [
      "beside what is not there",
      () => [off, { op: "replace", path: 'emails[type eq "x"]', value: { value: "y" } }],
      "noTarget",
    ],
    ["beside an operation without a value", () => [{ op: "add", path: "title" }, off], "invalidValue"],
    [
      "beside more than is kept",
      () => [off, { op: "replace", path: "name.formatted", value: "x".repeat(300_000) }],
      "tooLarge",
    ],
    [
      "by its last word that is understood",
      () => [off, { op: "replace", path: "active", value: "perhaps" }],
      "invalidValue",
    ],
  ])("%s", async (_, operations, code) => {
    const reply = send(patch(...operations()));
    await expectPart(() => reply, code, ["bob"]);
    expect((await reply).body).toMatchObject({ active: false, userName: `ann${round}@example.com` });
  });

  test.each<[string, () => object, string]>([
    ["an address of the wrong type", () => ({ emails: [{ value: 7 }] }), "invalidValue"],
    ["no userName", () => ({ userName: "" }), "invalidValue"],
    ["a userName that is taken", () => ({ userName: `bob${round}@example.com` }), "uniqueness"],
    ["more than is kept", () => ({ name: { formatted: "x".repeat(300_000) } }), "tooLarge"],
  ])("as a whole, with %s", async (_, parts, code) => {
    await expectPart(() => whole(parts()), code, ["bob"]);
  });

  test("no rule about users, scope or mapping stops it", async () => {
    // a title that is forbidden, no account by the mapping, out of scope, and all that Okta sends
    for (const parts of [
      { title: "Sir" },
      { userName: "!!!" },
      { userType: "contractor" },
      oktaUser(`ann${round}@example.com`, { active: false, externalId: `ann${round}` }),
    ]) {
      const reply = await whole(parts);
      expect([reply.status, reply.body.active]).toEqual([200, false]);
      expect(await writers()).toEqual([`bob${round}`]);
      expect(await lastRow()).toMatchObject({ outcome: "done", code: null });
      expect((await whole({ active: true })).status).toBe(200);
    }
  });

  test.each<[string, object]>([
    ["behind the core schema", { op: "add", path: `${core}:costGroup`, value: "7" }],
    ["by its plain name", { op: "add", path: "costGroup", value: "7" }],
    [
      "in a declared extension",
      {
        op: "replace",
        path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costGroup",
        value: "7",
      },
    ],
    ["in a schema that nobody knows", { op: "replace", path: "urn:example:2.0:User:costGroup", value: "7" }],
    ["of an attribute", { op: "add", path: "name.costGroup", value: "7" }],
    ["of a value", { op: "add", path: 'emails[type eq "work"].costGroup', value: "7" }],
    ["that is taken away", { op: "remove", path: `${core}:costGroup` }],
    ["in a value, behind the core schema", { op: "add", value: { [`${core}:costGroup`]: "7" } }],
  ])("beside an unknown attribute %s, which is named", async (_, operation) => {
    const both = [operation, { op: "replace", path: "title", value: "Lead" }, off];
    expect(await send(patch(...both))).toMatchObject({ status: 200, body: { active: false, title: "Lead" } });
    expect(await writers()).toEqual([`bob${round}`]);
    expect(await lastRow()).toMatchObject({
      outcome: "done",
      code: null,
      detail: expect.stringMatching(/ignored .*costGroup/),
    });
    expect(h.logs.at(-1)).toContain("costGroup");
  });

  test("an unknown attribute alone changes nothing, and is named in every form of write", async () => {
    const { body } = await h.scim("GET", `/Users/${ann}`);
    const named = { [`${core}:costGroup`]: "7" };
    for (const write of [
      () => send(patch({ op: "add", path: "costGroup", value: "7" })),
      () => send(patch({ op: "add", value: named })),
      () => h.scim("PUT", `/Users/${ann}`, { ...body, ...named }),
      () => h.scim("PUT", `/Users/${ann}`, { ...body, [core]: { costGroup: 7 } }),
    ]) {
      expect(await write()).toMatchObject({ status: 200, body: { meta: { version: body.meta.version } } });
      expect((await lastRow()).detail).toMatch(/^nothing changed; ignored .*costGroup$/);
    }
    const made = await h.scim("POST", "/Users", { userName: `new${round}@example.com`, ...named });
    expect([made.status, (await lastRow()).detail]).toEqual([
      201,
      expect.stringMatching(/ignored .*costGroup/),
    ]);
  });

  test("what does not deactivate, or does not say so, is refused whole", async () => {
    const title = { op: "replace", path: "title", value: {} };
    await expectRefused(() => send(patch(title)), 400);
    await expectRefused(() => send(patch(off, { op: "replace", path: "active", value: true }, title)), 400);
    await expectRefused(() => send(patch(off, { op: "move" })), 400);
    await expectRefused(() => whole({ active: "perhaps" }), 400);
    await expectRefused(() => whole({ active: true, emails: 7 }), 400);
    // who is inactive is not made so again
    await send(patch(off));
    await expectRefused(() => send(patch(off, title)), 400);
    expect((await h.scim("PATCH", "/Users/nobody", patch(off, title))).status).toBe(404);
  });
});
