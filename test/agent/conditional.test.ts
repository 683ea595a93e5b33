/** If-Match and If-None-Match (RFC 7644, section 3.14; RFC 9110, section 13). */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type Reply, startHarness } from "./harness.ts";
import { send } from "./request.ts";
import { stateOf } from "./wire.ts";

let h: Harness;
let user: string;
let group: string;

beforeEach(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
  user = (await h.scim("POST", "/Users", { userName: "ada@example.com" })).body.id;
  group = (await h.scim("POST", "/Groups", { displayName: "core-team", members: [{ value: user }] })).body.id;
});
afterEach(() => h.stop());

async function scim(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Reply> {
  const { text, ...answer } = await send(`${h.agent.scim}/scim/okta/v2${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${h.tokens.scim}`,
      "Content-Type": "application/scim+json",
      ...headers,
    },
    ca: h.ca,
    body: body && JSON.stringify(body),
  });
  return { ...answer, body: text === "" ? null : JSON.parse(text) };
}

const titled = (title: string) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: [{ op: "replace", path: "title", value: title }],
});
const named = (displayName: string) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: [{ op: "replace", path: "displayName", value: displayName }],
});
const lastAudit = async () => {
  const { rows } = (await h.admin("GET", "/audit?after=0", { token: h.tokens.reader })).body;
  return rows.at(-1);
};

test("the tag of the answer, of meta.version and of the next read are one", async () => {
  const created = await h.scim("POST", "/Users", { userName: "eve@example.com" });
  expect(created.headers.get("etag")).toBe('W/"1"');
  expect(created.body.meta.version).toBe('W/"1"');
  const patched = await h.scim("PATCH", `/Users/${created.body.id}`, titled("Lead"));
  expect([patched.headers.get("etag"), patched.body.meta.version]).toEqual(['W/"2"', 'W/"2"']);
  const read = await h.scim("GET", `/Users/${created.body.id}`);
  expect([read.headers.get("etag"), read.body.meta.version]).toEqual(['W/"2"', 'W/"2"']);
  expect(read.headers.get("location")).toBe(read.body.meta.location);
  // a group's PATCH answers without a body, and its tag is what the next one needs
  const renamed = await h.scim("PATCH", `/Groups/${group}`, named("docs-team"));
  expect([renamed.status, renamed.headers.get("etag")]).toEqual([204, 'W/"2"']);
});

test("a write whose If-Match names the version is made, weak or strong, alone or among others", async () => {
  for (const [version, tags] of ['W/"1"', '"2"', '"x", W/"3"', "*", ' ,W/"y",, W/"5" ,'].entries()) {
    const reply = await scim("PATCH", `/Users/${user}`, { "If-Match": tags }, titled(`number ${version}`));
    expect([tags, reply.status, reply.headers.get("etag")]).toEqual([tags, 200, `W/"${version + 2}"`]);
  }
  const replaced = { userName: "ada@example.com", active: true };
  expect((await scim("PUT", `/Users/${user}`, { "If-Match": 'W/"6"' }, replaced)).status).toBe(200);
  expect((await scim("DELETE", `/Users/${user}`, { "If-Match": 'W/"7"' })).status).toBe(204);
  expect(
    (await scim("PUT", `/Groups/${group}`, { "If-Match": '"1"' }, { displayName: "docs-team" })).status,
  ).toBe(200);
  expect((await scim("DELETE", `/Groups/${group}`, { "If-Match": "*" })).status).toBe(204);
});

test("a write whose If-Match names another version changes nothing, and is in the audit", async () => {
  const before = stateOf(h);
  for (const path of [`/Users/${user}`, `/Groups/${group}`])
    for (const [method, body] of [
      ["PUT", { userName: "eve@example.com", displayName: "lunch" }],
      ["PATCH", path.startsWith("/Users") ? titled("Lead") : named("lunch")],
      ["DELETE", undefined],
    ] as const) {
      const reply = await scim(method, path, { "If-Match": 'W/"7", "11"' }, body);
      expect([method, path, reply.status]).toEqual([method, path, 412]);
      expect(reply.body).toEqual({
        schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
        status: "412",
        detail: expect.stringContaining("its version is 1"),
      });
      expect(await lastAudit()).toMatchObject({ outcome: "refused", code: "otherVersion" });
    }
  expect(stateOf(h)).toBe(before);
});

test.each(["7", "W/7", '"a" "b"', 'w/"1"', '"a', "*, *", '"a", *', '"a b"', ""])(
  "an If-Match of %j is malformed: nothing is changed by chance",
  async (tags) => {
    const before = stateOf(h);
    const reply = await scim("PATCH", `/Users/${user}`, { "If-Match": tags }, titled("Lead"));
    expect([reply.status, reply.body.status]).toEqual([400, "400"]);
    expect((await scim("DELETE", `/Users/${user}`, { "If-Match": tags })).status).toBe(400);
    expect(stateOf(h)).toBe(before);
  },
);

test("what is not there is 404, whatever the condition", async () => {
  for (const tags of ["*", 'W/"1"']) {
    expect((await scim("PATCH", "/Users/nobody", { "If-Match": tags }, titled("Lead"))).status).toBe(404);
    expect((await scim("DELETE", "/Groups/none", { "If-Match": tags })).status).toBe(404);
  }
});

test("of writes with one tag at the same time exactly one wins", async () => {
  for (let version = 1; version <= 5; version++) {
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        scim("PATCH", `/Users/${user}`, { "If-Match": `W/"${version}"` }, titled(`${version} by ${index}`)),
      ),
    );
    const statuses = replies.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 7 }, () => 412)]);
    const won = replies.find(({ status }) => status === 200);
    const { body } = await h.scim("GET", `/Users/${user}`);
    expect([body.title, body.meta.version]).toEqual([won?.body.title, `W/"${version + 1}"`]);
  }
});

test("a read whose If-None-Match names the version is 304, without a body", async () => {
  const path = `/Users/${user}?excludedAttributes=groups`;
  const same = await scim("GET", path, { "If-None-Match": '"9", W/"1"' });
  expect([same.status, same.headers.get("etag"), same.body]).toEqual([304, 'W/"1"', null]);
  expect((await scim("GET", path, { "If-None-Match": "*" })).status).toBe(304);
  expect((await scim("GET", path, { "If-None-Match": 'W/"2"' })).status).toBe(200);
  expect((await scim("GET", path, { "If-None-Match": "1" })).status).toBe(400);
  const nameOnly = `/Groups/${group}?attributes=displayName`;
  expect((await scim("GET", nameOnly, { "If-None-Match": 'W/"1"' })).status).toBe(304);
});

test("memberships change without the version, so what shows them is never 304", async () => {
  const tags = { "If-None-Match": 'W/"1"' };
  expect((await scim("GET", `/Users/${user}`, tags)).body.groups).toHaveLength(1);
  expect((await scim("GET", `/Groups/${group}`, tags)).body.members).toHaveLength(1);
  expect((await h.scim("DELETE", `/Users/${user}`)).status).toBe(204);
  const left = await scim("GET", `/Groups/${group}`, tags);
  expect([left.status, left.body.members ?? []]).toEqual([200, []]);
});

test("POST and lists have no version to compare: conditions are not looked at", async () => {
  const tags = { "If-Match": "nonsense", "If-None-Match": "*" };
  expect((await scim("POST", "/Users", tags, { userName: "eve@example.com" })).status).toBe(201);
  expect((await scim("GET", "/Users", tags)).status).toBe(200);
});

test("a write on the condition that a version is not there is 412 while it is, and so is a read of another one", async () => {
  const before = stateOf(h);
  for (const tags of ["*", '"7", W/"1"'])
    for (const [method, body] of [
      ["PUT", { userName: "eve@example.com" }],
      ["PATCH", titled("Lead")],
      ["DELETE"],
    ] as const)
      expect([
        method,
        tags,
        (await scim(method, `/Users/${user}`, { "If-None-Match": tags }, body)).status,
      ]).toEqual([method, tags, 412]);
  expect((await scim("GET", `/Users/${user}`, { "If-Match": 'W/"7"' })).status).toBe(412);
  expect(stateOf(h)).toBe(before);
  expect((await scim("GET", `/Users/${user}`, { "If-Match": 'W/"1"' })).status).toBe(200);
  const other = await scim("PATCH", `/Users/${user}`, { "If-None-Match": 'W/"7"' }, titled("Lead"));
  expect(other.status).toBe(200);
});

test("the newest rows of the audit, however many there are", async () => {
  for (let i = 0; i < 5; i++) await h.scim("PATCH", `/Users/${user}`, titled(String(i)));
  const rows = async (query: string) =>
    (await h.admin("GET", `/audit${query}`, { token: h.tokens.reader })).body.rows;
  const all = await rows("");
  expect(await rows("?last=2")).toEqual(all.slice(-2));
  expect(await rows("?last=999999")).toEqual(all);
  for (const query of ["?last=-1", "?last=x", "?last=1.5", "?last=1&after=1", "?after=x"])
    expect((await h.admin("GET", `/audit${query}`, { token: h.tokens.reader })).status).toBe(400);
});

test.each([
  ["application/scim+json", "application/scim+json"],
  ["application/json", "application/json"],
  ["text/html, application/json;q=0.9", "application/json"],
  ["application/json, application/scim+json", "application/scim+json"],
  ["application/json, */*", "application/scim+json"],
  ["text/html", "application/scim+json"],
])("to Accept: %s the answer is %s, and so is an error", async (accept, type) => {
  for (const path of [`/Users/${user}`, "/Users/nobody"])
    expect((await scim("GET", path, { Accept: accept })).headers.get("content-type")).toContain(type);
});

test("a write that changes nothing keeps the version", async () => {
  const put = { userName: "ada@example.com", title: "Lead", active: true };
  expect((await h.scim("PUT", `/Users/${user}`, put)).headers.get("etag")).toBe('W/"2"');
  const again = await h.scim("PUT", `/Users/${user}`, {
    active: "True",
    TITLE: "Lead",
    userName: "ada@example.com",
  });
  expect([again.status, again.headers.get("etag")]).toEqual([200, 'W/"2"']);
  const patched = await h.scim("PATCH", `/Users/${user}`, titled("Lead"));
  expect([patched.status, patched.headers.get("etag")]).toEqual([200, 'W/"2"']);

  const members = [{ value: user }];
  const same = await h.scim("PUT", `/Groups/${group}`, { displayName: "core-team", members });
  expect([same.status, same.headers.get("etag")]).toEqual([200, 'W/"1"']);
  const joined = await h.scim("PATCH", `/Groups/${group}`, {
    Operations: [{ op: "add", path: "members", value: members }],
  });
  expect([joined.status, joined.headers.get("etag")]).toEqual([204, 'W/"1"']);
});
