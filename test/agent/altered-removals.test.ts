/** While no stored release can be trusted, access is taken away all the same, and nobody gets any. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Entrance, keepDoors, readDoors } from "../../agent/releases/doors.ts";
import { openMemoryStore } from "../../agent/store/sqlite.ts";
import type { JsonObject } from "../../scim/json.ts";
import { type Harness, startHarness } from "./harness.ts";
import { staff } from "./people.ts";
import { change } from "./store/file.ts";

let h: Harness;
let ids: ReadonlyMap<string, string>;
let digest: string;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  digest = await h.deploy(
    await h.release((release) => {
      release.connectors.okta.groups.push({ name: "leads", when: 'user.?title.orValue("") == "Lead"' });
    }),
  );
  ids = await staff(h, { "core-team": ["ada", "bob"], engineering: ["ada", "bob", "cy"] });
  expect(
    (await write("PATCH", `/Users/${ids.get("bob")}`, { op: "add", path: "title", value: "Lead" })).status,
  ).toBe(200);
});
afterEach(() => h.stop());

const edited = ["release_copy", "releases"]
  .map((table) => `UPDATE ${table} SET release = replace(release, '"core-team"', '"engineering"')`)
  .join("; ");
const restartAfter = (statements: string) =>
  h.restart(() => {
    change(join(h.config.data, "store.db"), statements);
    h.logs.length = 0;
  });
const write = (method: string, path: string, ...operations: JsonObject[]) =>
  h.scim(method, path, operations.length > 0 ? { Operations: operations } : undefined);
const group = async (name: string) =>
  (await h.scim("GET", `/Groups?filter=displayName eq "${name}"&attributes=id`)).body.Resources[0].id;
const enforced = () => {
  const { accounts, memberships } = h.accessFile();
  return [accounts, memberships];
};
const everything = [
  ["ada,1", "bob,1", "cy,1"],
  [
    ...["ada,okta/core-team", "ada,okta/engineering"],
    ...["bob,okta/core-team", "bob,okta/engineering", "bob,okta/leads", "cy,okta/engineering"],
  ],
];
const inactive = { op: "replace", path: "active", value: false };

test.each([
  ["its texts altered", edited],
  ["another release said to be active", "UPDATE activations SET digest = NULL"],
])("%s: each way of taking access away is done and enforced, also over a restart", async (_, statements) => {
  await restartAfter(statements);
  expect(enforced()).toEqual(everything);
  const team = await group("Core-Team");
  const left = await write("PATCH", `/Groups/${team}`, {
    ...{ op: "remove", path: `members[value eq "${ids.get("bob")}"]` },
  });
  expect(left.status).toBe(204);
  expect((await write("PATCH", `/Users/${ids.get("ada")}`, inactive)).status).toBe(200);
  expect((await write("DELETE", `/Users/${ids.get("cy")}`)).status).toBe(204);
  const expected = [
    ["ada,0", "bob,1", "cy,0"],
    ["bob,okta/engineering", "bob,okta/leads"],
  ];
  expect(enforced()).toEqual(expected);
  await h.restart();
  expect(enforced()).toEqual(expected);
  expect((await write("DELETE", `/Groups/${await group("engineering")}`)).status).toBe(204);
  expect(enforced()).toEqual([expected[0], ["bob,okta/leads"]]);
  const { rows } = (await h.admin("GET", "/audit?last=4")).body;
  expect(rows.map((row: { operation: string; code: string }) => [row.operation, row.code])).toEqual([
    ["group.update", "onlyRemovals"],
    ["user.update", "onlyRemovals"],
    ["user.delete", null],
    ["group.delete", null],
  ]);
});

test("nobody gets anything, whatever stands beside what is taken away", async () => {
  await restartAfter(edited);
  const team = await group("core-team");
  const [ada, bob, cy] = ["ada", "bob", "cy"].map((name) => ids.get(name));
  const add = { op: "add", path: "members", value: [{ value: cy ?? "" }] };
  const gives = [
    await h.scim("POST", "/Users", { userName: "eve@example.com" }),
    await h.scim("POST", "/Groups", { displayName: "docs-team", members: [{ value: cy }] }),
    await write("PATCH", `/Groups/${team}`, add),
    await write("PATCH", `/Groups/${team}`, {
      op: "replace",
      path: "displayName",
      value: "release-managers",
    }),
    await write("PATCH", `/Users/${cy}`, { op: "replace", path: "title", value: "Lead" }),
    await h.scim("PUT", `/Users/${cy}`, { userName: "ada2@example.com", active: true }),
  ];
  for (const { status, headers, body } of gives) {
    expect([status, headers.get("retry-after")]).toEqual([503, "30"]);
    expect(body.detail).toContain("only what takes access away is done");
  }
  expect(enforced()).toEqual(everything);

  const both = await write("PATCH", `/Groups/${team}`, add, {
    op: "remove",
    path: `members[value eq "${ada}"]`,
  });
  expect(both.status).toBe(204);
  const replaced = await h.scim("PUT", `/Groups/${await group("engineering")}`, {
    displayName: "engineering",
    members: [{ value: ada }, { value: cy }],
  });
  expect(replaced.status).toBe(200);
  const put = await h.scim("PUT", `/Users/${bob}`, { userName: "other@example.com", active: false });
  expect([put.status, put.body.userName, put.body.active]).toEqual([200, "bob@example.com", false]);
  expect((await write("PATCH", `/Users/${bob}`, { op: "replace", path: "active", value: true })).status).toBe(
    503,
  );
  expect(enforced()).toEqual([
    ["ada,1", "bob,0", "cy,1"],
    ["ada,okta/engineering", "cy,okta/engineering"],
  ]);

  expect((await h.scim("GET", "/Users", undefined, "guessed")).status).toBe(401);
  // the release itself, again: everything that was taken stays taken
  const release = await h.release((one) => {
    one.connectors.okta.groups.push({ name: "leads", when: 'user.?title.orValue("") == "Lead"' });
  });
  expect(await h.deploy(release)).toBe(digest);
  expect(enforced()).toEqual([
    ["ada,1", "bob,0", "cy,1"],
    ["ada,okta/engineering", "cy,okta/engineering"],
  ]);
  expect((await write("PATCH", `/Groups/${team}`, add)).status).toBe(204);
});

test("nobody leaves a group by which something is denied to them: they would get it", async () => {
  await h.deploy(
    await h.release((release) => {
      release.permissions.core.deny = { read: [], write: ["okta/docs-team"] };
    }),
    digest,
  );
  const docs = await h.scim("POST", "/Groups", {
    displayName: "docs-team",
    members: [{ value: ids.get("ada") }],
  });
  const file = h.accessFile();
  expect(file.memberships).toContain("ada,okta/docs-team");
  await restartAfter(edited);
  const leave = { op: "remove", path: `members[value eq "${ids.get("ada")}"]` };
  expect((await write("PATCH", `/Groups/${docs.body.id}`, leave)).status).toBe(503);
  expect((await write("DELETE", `/Groups/${docs.body.id}`)).status).toBe(503);
  expect(h.accessFile()).toEqual(file);
  await restartAfter("DELETE FROM members");
  expect(h.accessFile().memberships).toEqual(["ada,okta/docs-team"]);
});

test("what could not be enforced before a restart is enforced by it", async () => {
  await restartAfter(
    `${edited}; DELETE FROM members WHERE user_id = '${ids.get("bob")}' AND roster = (SELECT roster FROM groups WHERE display_name = 'core-team')`,
  );
  expect(enforced()).toEqual([everything[0], everything[1]?.filter((row) => row !== "bob,okta/core-team")]);
});

test.each([
  ["taken out", "DELETE FROM doors"],
  ["altered", "UPDATE doors SET door = '{'"],
  ["of another form", `UPDATE doors SET door = '{"endpoint":"https://hg.example.com"}'`],
])(
  "how connectors are let in is %s too: nobody comes in, and nobody is told that a resource is gone",
  async (_, more) => {
    await restartAfter(`${edited}; ${more}`);
    expect((await h.scim("GET", `/Users/${ids.get("ada")}`)).status).toBe(503);
    expect(enforced()).toEqual(everything);
  },
);

test("a start with a release that can be trusted keeps how connectors are let in, whatever was there", async () => {
  await restartAfter("UPDATE doors SET door = '{'");
  await restartAfter(edited);
  expect((await write("PATCH", `/Users/${ids.get("ada")}`, inactive)).status).toBe(200);
});

test("a connector is let in as it was: by its tokens, or by its issuer", async () => {
  const store = await openMemoryStore("local");
  const token = { hash: Buffer.alloc(32, 7), since: 1, expires: Number.POSITIVE_INFINITY };
  const oauth = {
    ...{ kind: "oauth", issuer: "https://issuer.example.com", audience: "hgscim" },
    ...{ jwks: new URL("https://issuer.example.com/keys"), scopes: { users: "scim.users" } },
  } as const;
  const { connectors: declared } = await h.release();
  const connectors = [
    { name: "okta", credentials: { kind: "bearer", tokens: [token, { ...token, expires: 9 }] } },
    { name: "entra", credentials: oauth },
  ].map((one) => ({
    ...one,
    ...{ environment: "local", endpoint: `https://hg.example.com/${one.name}`, path: `/${one.name}` },
    ...{ allow: ["users"], rateLimit: undefined, pageSize: 7 },
  }));
  const entrance = { connectors, release: { connectors: declared, permissions: {} } };
  await keepDoors(store, entrance as unknown as Entrance, 1);
  const kept = (await readDoors(store, "local")).map(
    ({ connector: { types: _, ...connector } }) => connector,
  );
  expect(kept).toEqual(connectors.toSorted((one, other) => (one.name < other.name ? -1 : 1)));
  await keepDoors(store, null, 2);
  expect(await readDoors(store, "local")).toEqual([]);
  await store.destroy();
});
