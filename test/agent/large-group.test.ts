/** A group of thousands is shown as a small one is, and others have their turn meanwhile. */
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, type Reply, startHarness } from "./harness.ts";
import { staff } from "./people.ts";
import { change } from "./store/file.ts";

const size = 2_345;
/** As many users like the one who is there, in the group that is there. */
const many = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${size})
    INSERT INTO users (id, connector, user_name, resource, created, modified, version)
    SELECT 'id' || i, connector, 'u' || i || '@example.com', json_set(resource, '$.userName', 'u' || i || '@example.com'), 0, 0, 1
    FROM users, n;
  DELETE FROM members;
  INSERT INTO members (roster, user_id) SELECT roster, users.id FROM groups, users WHERE users.id LIKE 'id%'`;
let h: Harness;
let group: string;
const users = Array.from({ length: size }, (_, i) => `id${i + 1}`).sort();
beforeAll(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
  await staff(h, { "core-team": ["ann"] });
  await h.restart(() => change(join(h.config.data, "store.db"), many));
  group = (await h.scim("GET", "/Groups?excludedAttributes=members")).body.Resources[0].id;
});
afterAll(() => h.stop());

const schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];
const memberOf = (display: string) => expect.objectContaining({ display, type: "User" });
const ids = (members: { value: string }[]) => members.map(({ value }) => value).sort();

test("with all that a group has, in every answer", async () => {
  const alone = (await h.scim("GET", `/Groups/${group}?excludedAttributes=members`)).body;
  const shown = await h.scim("GET", `/Groups/${group}`);
  const { members, ...rest } = shown.body;
  expect(rest).toEqual(alone);
  expect(shown.headers.get("etag")).toBe(alone.meta.version);
  expect(ids(members)).toEqual(users);
  const one = members.find(({ value }: { value: string }) => value === "id7");
  expect(one).toEqual(memberOf("u7@example.com"));
  expect(one.$ref).toBe(`${alone.meta.location.replace(/Groups.*/, "")}Users/id7`);
  const body = { displayName: "core-team", externalId: "y", members: users.map((value) => ({ value })) };
  const put = await h.scim("PUT", `/Groups/${group}`, body);
  expect([put.status, put.body.externalId, ids(put.body.members)]).toEqual([200, "y", users]);
});

test("with what is asked for", async () => {
  const { body } = await h.scim("GET", `/Groups/${group}?attributes=members.value`);
  expect(Object.keys(body).sort()).toEqual(["id", "members", "schemas"]);
  expect(body.members[0]).toEqual({ value: expect.any(String) });
  expect(body.members).toHaveLength(size);
});

test.each<[string, () => Promise<Reply>]>([
  ["the list of groups", () => h.scim("GET", "/Groups")],
  ["a search", () => h.scim("POST", "/Groups/.search", { schemas, count: 10 })],
  ["the list of everything", () => h.scim("GET", `/?startIndex=${size + 2}`)],
  ["a page by cursor", () => h.scim("GET", "/Groups?cursor=")],
  ["a filter on what is in it", () => h.scim("GET", '/Groups?filter=members.display co "U7@"')],
])("in %s, as it is alone, and others have their turn meanwhile", async (_, ask) => {
  const alone = (await h.scim("GET", `/Groups/${group}`)).body;
  let turns = 0;
  let isOver = false;
  const others = (async () => {
    for (; !isOver; turns++) await nextTurn();
  })();
  const { status, body } = await ask();
  isOver = true;
  await others;
  const { Resources, ...list } = body;
  expect([status, Resources]).toEqual([200, expect.arrayContaining([alone])]);
  expect(list).toMatchObject({ itemsPerPage: Resources.length });
  expect(turns).toBeGreaterThan(size / 1_000);
});

test("lists of many groups are what they are of few", async () => {
  const made = [];
  for (let i = 0; i < 12; i++)
    made.push(
      (await h.scim("POST", "/Groups", { displayName: `g${i}`, members: [{ value: users[i] }] })).body,
    );
  const { Resources, totalResults, itemsPerPage, startIndex } = (
    await h.scim("GET", "/Groups?startIndex=2&count=12")
  ).body;
  expect([totalResults, itemsPerPage, startIndex]).toEqual([13, 12, 2]);
  expect(Resources).toEqual(made);
  const some = (await h.scim("GET", "/Groups?attributes=displayName,members.value&count=11")).body.Resources;
  expect(some[1]).toMatchObject({ displayName: "g0", members: [{ value: users[0] }] });
  expect(some[0].members).toHaveLength(size);
  const names = (await h.scim("GET", "/Groups?excludedAttributes=members")).body.Resources;
  expect(names.filter((one: object) => "members" in one)).toEqual([]);
  for (const { id } of made) expect((await h.scim("DELETE", `/Groups/${id}`)).status).toBe(204);
});

test("in pieces, between which others have their turn", async () => {
  let turns = 0;
  let isOver = false;
  const others = (async () => {
    for (; !isOver; turns++) await nextTurn();
  })();
  const asked = h.scim("GET", `/Groups/${group}`);
  await asked;
  isOver = true;
  await others;
  expect(turns).toBeGreaterThan(size / 1_000);
});
