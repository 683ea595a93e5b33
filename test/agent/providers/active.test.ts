/** Whoever is to be disabled never stays enabled by an accident of types: the request works, or it is refused. */
import { expect, test } from "vitest";
import { patch, provider } from "./provider.ts";

const scim = provider("entra");
const core = "urn:ietf:params:scim:schemas:core:2.0:User";

/** What says that somebody is not active, sloppily perhaps; `meant` where it cannot be read otherwise. */
const values: readonly (readonly [value: unknown, meant: boolean])[] = [
  [false, true],
  ["false", true],
  ["False", true],
  ["FALSE", true],
  [{ value: "False" }, true],
  [["False"], true],
  [[false], true],
  [[{ value: "False" }], true],
  [[{ $ref: null, value: "False" }], true],
  [0, false],
  ["0", false],
  ["", false],
  [" false ", false],
  ["no", false],
  ["inactive", false],
  [[true, false], false],
  [[["False"]], false],
  [{ active: false }, false],
  [null, false],
  [[], false],
  [{}, false],
  [{ value: null }, false],
];

/** The ways in which `active` is written for a user who is there. */
const ways: Readonly<Record<string, (active: unknown, present: object) => [string, object]>> = {
  "Replace with a path": (value) => ["PATCH", patch({ op: "Replace", path: "active", value })],
  "Replace with the schema in its path": (value) => [
    "PATCH",
    patch({ op: "Replace", path: `${core}:active`, value }),
  ],
  "Add with a path": (value) => ["PATCH", patch({ op: "Add", path: "active", value })],
  "add without a path": (active) => ["PATCH", patch({ op: "add", value: { active } })],
  "replace without a path": (active) => ["PATCH", patch({ op: "replace", value: { active } })],
  "replace without a path, in another case": (Active) => [
    "PATCH",
    patch({ op: "replace", value: { Active, displayName: "Ann" } }),
  ],
  "replace without a path, in a list": (active) => ["PATCH", patch({ op: "replace", value: [{ active }] })],
  PUT: (active, present) => ["PUT", { ...present, active }],
};

/** A user who may write by membership of a group that is there already. */
async function enabled(group: string, index: number) {
  const user = { userName: `ann${index}@example.com`, active: true };
  const { id } = await scim.send(201, "POST", "/Users", user);
  await scim.send(
    204,
    "PATCH",
    `/Groups/${group}`,
    patch({ op: "add", path: "members", value: [{ value: id }] }),
  );
  expect(await scim.rights(`ann${index}`)).toEqual({ docs: "write" });
  return scim.send(200, "GET", `/Users/${id}`);
}

const docsTeam = async () => (await scim.send(201, "POST", "/Groups", { displayName: "docs-team" })).id;

test.each(Object.entries(ways))("%s", async (_, write) => {
  const group = await docsTeam();
  for (const [index, [value, meant]] of values.entries()) {
    const before = await enabled(group, index);
    const [method, body] = write(value, before);
    const reply = await scim.harness.scim(method, `/Users/${before.id}`, body);
    const after = await scim.send(200, "GET", `/Users/${before.id}`);
    const rights = await scim.rights(`ann${index}`);

    const sent = JSON.stringify(value);
    if (meant) expect.soft(reply.status, sent).toBe(200);
    if (reply.status === 200) {
      expect.soft([reply.body.active, after.active, rights], sent).toEqual([false, false, undefined]);
    } else {
      expect.soft([reply.status, reply.body.scimType], sent).toEqual([400, "invalidValue"]);
      expect.soft([after, rights], sent).toEqual([before, { docs: "write" }]);
    }
  }
});

test("behind the URN of the core schema, where no RFC puts it, it is understood", async () => {
  const group = await docsTeam();
  const [inside, beside] = [{ [core]: { active: false } }, { [`${core.toUpperCase()}:active`]: false }];
  for (const [index, value] of [inside, beside].entries()) {
    const before = await enabled(group, index);
    await scim.send(200, "PATCH", `/Users/${before.id}`, patch({ op: "replace", value }));
    expect(await scim.rights(`ann${index}`)).toBeUndefined();
    const { id: _, active, ...user } = before;
    await scim.send(200, "PUT", `/Users/${before.id}`, { ...user, active });
    expect(await scim.rights(`ann${index}`)).toEqual({ docs: "write" });
    await scim.send(200, "PUT", `/Users/${before.id}`, { ...user, ...value });
    expect(await scim.rights(`ann${index}`)).toBeUndefined();
    const made = await scim.send(201, "POST", "/Users", { userName: `new${index}@example.com`, ...value });
    expect(made.active).toBe(false);
    // said twice, nobody knows what is meant
    await scim.send(400, "PUT", `/Users/${before.id}`, { ...user, active: true, ...value });
  }
});

test("POST", async () => {
  for (const [index, [active]] of values.entries()) {
    const user = { userName: `ann${index}@example.com`, active };
    const reply = await scim.harness.scim("POST", "/Users", user);
    const sent = JSON.stringify(active);
    if (reply.status === 201) expect.soft(reply.body.active, sent).toBe(false);
    else expect.soft([reply.status, reply.body.scimType], sent).toEqual([400, "invalidValue"]);
  }
  const { access } = (await scim.harness.admin("GET", "/access")).body;
  expect(access).toEqual([]);
});
