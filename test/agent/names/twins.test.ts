/** Twins from before names compared as they do now: who had access keeps it, nobody gets any, and all of it is told. */
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startAgent } from "../../../agent/agent.ts";
import type { ReleaseData } from "../../../model/digest.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { change } from "../store/file.ts";
import { type Before, writeStoreBefore } from "./before.ts";

const decomposed = "cafe\u0301";
const people = ["ada", "bob", "cy", "dan", "eve", "fay", "gus"];
const before: Before = {
  users: [
    ...people.map((name) => [`${name}@example.com`, name] as const),
    ["ADA@example.com ", null],
    ["zoe\u0301", null],
    ["zoé", null],
  ],
  groups: [
    [" hg-x", [2]],
    ["hg-x", [0]],
    ["HG-X\u00a0", [1, 0]],
    [decomposed, [3]],
    ["CAFÉ", [4]],
    ["contractors", [5]],
    ["contractors ", [0]],
    ["team-a ", [5]],
    [" team-a", [6]],
    ["\u3000team-b", [6]],
  ],
};

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
});
afterEach(() => h.stop());

const memberships = () => h.accessFile().memberships ?? [];

async function startFrom(
  store: Before,
  edit: (draft: ReleaseShape) => void = () => {},
): Promise<ReleaseData> {
  const release = await h.release((draft: ReleaseShape) => {
    draft.connectors.okta.groups = ["café", "contractors", "hg-x", { pattern: "team-*" }];
    const core = {
      ...draft.permissions.core,
      read: ["okta/hg-x"],
      write: ["okta/café", "okta/team-b"],
      branches: {},
    };
    draft.permissions = { core: { ...core, deny: { read: ["okta/contractors"], write: [] } } };
    draft.constraints = {};
    delete draft.variables.SCIM_MAIL_DOMAIN;
    edit(draft);
  });
  await h.deploy(release);
  await h.agent.stop();
  await writeStoreBefore(h.config.data, store);
  // the file of such an agent does not say how far the audit was
  change(h.config.access, "DROP TABLE seen");
  h.logs.length = 0;
  h.agent = await startAgent(h.config, pino({}, { write: (line: string) => void h.logs.push(line) }));
  return release;
}

const rights = async () =>
  (await h.admin("GET", "/access")).body.access.map(
    ({ account, right }: Record<string, string>) => `${account} ${right}`,
  );
const find = async (kind: string, filter: string) =>
  (await h.scim("GET", `/${kind}?filter=${encodeURIComponent(filter)}`)).body.Resources.map(
    ({ id }: { id: string }) => id,
  );
const patch = (path: string, ...Operations: object[]) => h.scim("PATCH", path, { Operations });

test("the declared name keeps giving, its twins give nothing, and all of them count where it is denied", async () => {
  const release = await startFrom(before);
  expect(h.accessFile().memberships).toEqual([
    ...["ada,!okta/contractors", "ada,!okta/hg-x", "ada,okta/hg-x", "bob,!okta/hg-x", "cy,!okta/hg-x"],
    ...["dan,!okta/café", "eve,okta/café", "fay,!okta/team-a", "fay,okta/contractors"],
    ...["gus,!okta/team-a", "gus,okta/team-b"],
  ]);
  // ada is denied by a twin alone; who is in one that has no twin is in it
  expect(await rights()).toEqual(["eve write", "gus write"]);
  expect(h.accessFile().grants).toContain("core,deny,!okta/contractors,read,8640000000000000");
  // what people see of it names no subject of ours
  const { accounts } = (await h.admin("GET", "/access")).body;
  expect(accounts.find(({ account }: { account: string }) => account === "ada").groups).toEqual([
    "okta/hg-x",
  ]);

  const { twins } = (await h.admin("GET", "/twins", { token: h.tokens.reader })).body;
  expect(twins.map(({ kind, id, of }: Record<string, string>) => `${kind} ${id} ${of}`)).toEqual([
    ...["user u7 ada@example.com", "user u8 zoé", "group g0 hg-x", "group g2 hg-x", "group g3 café"],
    ...["group g6 contractors", "group g7 team-a", "group g8 team-a"],
  ]);
  const warnings = h.logs.map((line) => JSON.parse(line)).filter(({ level }) => level === 40);
  expect(warnings.map(({ id }) => id)).toEqual(twins.map(({ id }: { id: string }) => id));
  expect(warnings[4].msg).toBe(
    'group "cafe\\u{301}" of connector okta was stored beside another one that compares as it does, "caf\\u{e9}": nobody gets anything by it, and it counts where that group is denied; rename or delete one of them at the identity provider',
  );
  expect((await h.admin("POST", "/impact", { body: { release } })).body).toMatchObject({
    changes: [],
    nearMisses: [
      '" hg-x"',
      '" team-a"',
      '"HG-X\\u{a0}"',
      '"cafe\\u{301}"',
      '"contractors "',
      '"team-a "',
    ].map((name) => `connectors.okta.groups: ${name} gives nothing, since its name is another group's too`),
  });
  const written = h.accessFile();
  await h.restart();
  expect(h.accessFile()).toEqual(written);
});

test("a filter finds all of them, and each is written as it was", async () => {
  await startFrom(before);
  expect(await find("Groups", 'displayName eq "hg-x"')).toEqual(["g0", "g1", "g2"]);
  expect(await find("Groups", `displayName eq "CAFÉ"`)).toEqual(["g3", "g4"]);
  expect(await find("Users", 'userName eq "ada@EXAMPLE.com"')).toEqual(["u0", "u7"]);
  for (const name of ["hg-x", "Hg-X ", decomposed])
    expect((await h.scim("POST", "/Groups", { displayName: name })).body.scimType).toBe("uniqueness");

  // no right is taken later than it is said, and no name is in its way
  expect((await patch("/Groups/g6", { op: "remove", path: 'members[value eq "u0"]' })).status).toBe(204);
  expect(
    (await h.scim("PUT", "/Groups/g0", { displayName: " hg-x", members: [{ value: "u3" }] })).status,
  ).toBe(200);
  expect((await patch("/Users/u0", { op: "replace", path: "active", value: false })).status).toBe(200);
  expect((await h.scim("PUT", "/Users/u7", { userName: "ADA@example.com ", active: false })).status).toBe(
    200,
  );
  expect(memberships().filter((one) => /^(ada|cy|dan),/.test(String(one)))).toEqual([
    "dan,!okta/café",
    "dan,!okta/hg-x",
  ]);
  const { detail } = (await h.admin("GET", "/audit?last=3")).body.rows[0];
  expect(detail).toBe(
    `group " hg-x" (its name is another group's too, and nobody gets anything by this one); 1 joined: u3; 1 left: u2`,
  );

  // another form of the same name is a write of that name
  expect((await h.scim("PUT", "/Groups/g0", { displayName: "hg-x" })).body.scimType).toBe("uniqueness");
  expect((await patch("/Users/u9", { op: "replace", path: "userName", value: "ZOÉ" })).body.scimType).toBe(
    "uniqueness",
  );
});

test("a twin is the group when it is written and nobody else has the name", async () => {
  await startFrom(before);
  expect(
    (await h.scim("PUT", "/Groups/g1", { displayName: "hg-y", members: [{ value: "u0" }] })).status,
  ).toBe(200);
  expect((await h.scim("DELETE", "/Groups/g2")).status).toBe(204);
  // not by what happens elsewhere
  expect(memberships().filter((one) => String(one).endsWith("hg-x"))).toEqual(["cy,!okta/hg-x"]);
  expect((await patch("/Groups/g0", { op: "add", path: "members", value: [{ value: "u1" }] })).status).toBe(
    204,
  );
  expect(memberships().filter((one) => String(one).endsWith("hg-x"))).toEqual([
    "bob,okta/hg-x",
    "cy,okta/hg-x",
  ]);
  expect(await rights()).toEqual(["bob read", "cy read", "eve write", "gus write"]);
  const written = h.accessFile();
  await h.restart();
  expect(h.accessFile()).toEqual(written);

  // and one that gets a name of its own is no twin any more
  expect((await h.scim("PUT", "/Groups/g7", { displayName: "team-b " })).body.scimType).toBe("uniqueness");
  expect(
    (await h.scim("PUT", "/Groups/g7", { displayName: "Team-C", members: [{ value: "u5" }] })).status,
  ).toBe(200);
  expect(h.accessFile().memberships).toContain("fay,okta/team-c");
  expect((await h.scim("PUT", "/Users/u7", { userName: "ada2@example.com", active: false })).status).toBe(
    200,
  );
  expect((await h.scim("DELETE", "/Users/u9")).status).toBe(204);
  const { twins } = (await h.admin("GET", "/twins")).body;
  expect(twins.map(({ id }: { id: string }) => id)).toEqual(["g3", "g6", "g8"]);
});

test("constraints count nobody by a twin", async () => {
  await startFrom(before, (draft) => {
    draft.constraints = {
      last: { keep: { group: "okta/hg-x", atLeast: 1 }, otherwise: "reject" },
      apart: { separate: { groups: ["okta/contractors", "okta/hg-x"] }, otherwise: "reject" },
    };
  });
  expect((await patch("/Groups/g1", { op: "remove", path: 'members[value eq "u0"]' })).body.detail).toBe(
    "constraint last: 0 would be left in okta/hg-x, and 1 must stay",
  );
  // fay is a contractor, and comes into a twin only
  expect((await patch("/Groups/g2", { op: "add", path: "members", value: [{ value: "u5" }] })).status).toBe(
    204,
  );
});

test("an older release that names a group in another form goes on", async () => {
  const store: Before = { users: [["ada@example.com", "ada"]], groups: [["hg-Straße", [0]]] };
  await startFrom(store, (draft) => {
    draft.connectors.okta.groups = [{ pattern: "hg-*" }];
    draft.permissions.core.read = ["okta/hg-straße"];
    draft.permissions.core.write = [];
    draft.permissions.core.deny.read = [];
  });
  expect(await rights()).toEqual(["ada read"]);
});
