/** Writes of groups with very large bodies, or of very many members: what comes of them is what comes of small ones. */
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { staff } from "./people.ts";
import { send } from "./request.ts";

let h: Harness;
let people: Map<string, string>;

beforeEach(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
  people = await staff(h, { engineering: ["ann", "bob", "cy", "dan"] });
});
afterEach(() => h.stop());

const padding = "x".repeat(300_000);
const idOf = (name: string) => people.get(name) ?? name;
const user = (name: string) => ({ value: idOf(name) });
const patch = (...operations: object[]) => ({ Operations: operations });
const remove = (...names: string[]) => ({ op: "remove", path: "members", value: names.map(user) });
const add = (...names: string[]) => ({ op: "add", path: "members", value: names.map(user) });

/** The same request, whose body is some more than is read at once: an attribute that nobody knows. */
const large = (body: object) => ({ ...body, padding });

function inStore(query: string): unknown[][] {
  const store = new Database(join(h.folder, "data", "store.db"), { readonly: true });
  const rows = store.prepare(query).raw().all() as unknown[][];
  store.close();
  return rows;
}
const nobodys = () =>
  inStore("SELECT DISTINCT roster FROM members WHERE roster NOT IN (SELECT roster FROM groups)");
const membersOf = (id: string) =>
  inStore(
    `SELECT user_name FROM members JOIN groups USING (roster) JOIN users ON users.id = user_id WHERE groups.id = '${id}' ORDER BY 1`,
  ).map(String);
const lastAudit = () =>
  inStore(
    "SELECT operation, outcome, code, before, after, detail FROM audit ORDER BY sequence DESC LIMIT 1",
  )[0];

/** A group of a name with some members. */
async function group(displayName: string, ...names: string[]): Promise<string> {
  const made = await h.scim("POST", "/Groups", { displayName, members: names.map(user) });
  expect(made.status).toBe(201);
  return made.body.id;
}

type Request = (id: string, name: string) => [method: string, path: string, body: object];

const changes: [what: string, request: Request][] = [
  [
    "a list instead of the present one",
    (id, displayName) => ["PUT", id, { displayName, members: [user("bob"), user("dan")] }],
  ],
  ["nobody instead of somebody", (id, displayName) => ["PUT", id, { displayName }]],
  [
    "an unknown one among others",
    (id, displayName) => ["PUT", id, { displayName, members: [user("bob"), user("x")] }],
  ],
  ["nobody who is known", (id, displayName) => ["PUT", id, { displayName, members: [user("x"), user("y")] }]],
  [
    "a removal beside a name that is no name",
    (id) => ["PUT", id, { displayName: "\u0007", members: [user("ann")] }],
  ],
  [
    "a group in a group",
    (id, displayName) => ["PUT", id, { displayName, members: [{ value: id, type: "Group" }] }],
  ],
  ["who joins", (id) => ["PATCH", id, patch(add("cy", "ann", "nobody"))]],
  ["who leaves", (id) => ["PATCH", id, patch(remove("ann", "cy", "nobody"))]],
  ["who joins and leaves again", (id) => ["PATCH", id, patch(add("cy"), remove("cy", "bob"))]],
  ["all members", (id) => ["PATCH", id, patch({ op: "remove", path: "members" })]],
  ["others instead", (id) => ["PATCH", id, patch({ ...add("dan"), op: "replace" })]],
  [
    "a removal beside what cannot be",
    (id) => ["PATCH", id, patch(remove("ann"), { op: "replace", path: "displayName", value: "" })],
  ],
  ["nothing new", (id) => ["PATCH", id, patch(add("ann"))]],
  [
    "another name",
    (id, name) => ["PATCH", id, patch({ op: "replace", path: "displayName", value: `${name}!` })],
  ],
  [
    "a name that another has",
    (id) => ["PATCH", id, patch(remove("ann"), { op: "replace", path: "displayName", value: "engineering" })],
  ],
  ["no PATCH", (id) => ["PATCH", id, { Operations: "none" }]],
];

test("what a large body does to a group is what a small one does", async () => {
  for (const [i, [what, request]] of changes.entries()) {
    const told = [];
    for (const isLarge of [false, true]) {
      const name = `g${i}`;
      const id = await group(name, "ann", "bob");
      const [method, path, body] = request(id, name);
      const reply = await h.scim(method, `/Groups/${path}`, isLarge ? large(body) : body);
      const [operation, outcome, code, before, after, detail] = lastAudit() ?? [];
      const plain = (text: unknown) =>
        String(text)
          .replaceAll(id, "id")
          .replace(/(; )?ignored .*/, "");
      told.push([
        ...[reply.status, reply.headers.get("etag"), plain(JSON.stringify(reply.body?.detail))],
        ...[operation, outcome, code, plain(before), plain(after), plain(detail), membersOf(id)],
      ]);
      await h.scim("DELETE", `/Groups/${id}`);
    }
    expect(told[1], what).toEqual(told[0]);
  }
  await vi.waitFor(() => expect(nobodys()).toEqual([]));
});

test("a large group is created, shown, enforced and put into the audit", async () => {
  const body = large({ displayName: "core-team", members: ["ann", "bob", "nobody"].map(user) });
  const made = await h.scim("POST", "/Groups", body);
  expect(made.status).toBe(201);
  expect(made.body.members.map(({ value }: { value: string }) => value)).toEqual([idOf("ann"), idOf("bob")]);
  expect(h.accessFile().memberships).toEqual(
    ["ann", "bob", "cy", "dan"].flatMap((name) => [
      ...(name < "c" ? [`${name},okta/core-team`] : []),
      `${name},okta/engineering`,
    ]),
  );
  expect(lastAudit()).toMatchObject([
    "group.create",
    "done",
    null,
    null,
    expect.stringContaining(idOf("bob")),
    expect.stringContaining('members[value eq "nobody"]'),
  ]);
  expect((await h.scim("POST", "/Groups", body)).status).toBe(409);
  expect(lastAudit()?.slice(0, 3)).toEqual(["group.create", "refused", "uniqueness"]);
  expect((await h.scim("GET", `/Users/${idOf("ann")}`)).body.groups).toHaveLength(2);
  const filter = (text: string) =>
    h.scim("GET", `/Groups?filter=${encodeURIComponent(text)}&attributes=displayName`);
  expect((await filter(`members.value eq "${idOf("bob")}"`)).body.totalResults).toBe(2);
});

test("a large body that is none is refused as any other, and leaves nothing", async () => {
  const before = inStore("SELECT count(*) FROM audit");
  for (const [body, status] of [
    [`{"displayName": "${padding}"`, 400],
    [JSON.stringify(large({ displayName: "a", DISPLAYNAME: "b" })), 400],
    [`[${JSON.stringify(padding)}]`, 400],
  ] as const)
    expect((await h.scim("POST", "/Groups", body)).status).toBe(status);
  expect(inStore("SELECT count(*) FROM audit")).toEqual(before);
  const id = await group("team", "ann");
  const stale = await send(`${h.agent.scim}/scim/okta/v2/Groups/${id}`, {
    method: "PATCH",
    headers: { Authorization: `Bearer ${h.tokens.scim}`, "If-Match": 'W/"7"' },
    body: JSON.stringify(large(patch(remove("ann")))),
    ca: h.ca,
  });
  expect(stale.status).toBe(412);
  expect(membersOf(id)).toEqual(["ann@example.com"]);
  expect((await h.scim("PATCH", "/Groups/nothing", large(patch(remove("ann"))))).status).toBe(404);
  await vi.waitFor(() => expect(nobodys()).toEqual([]));
});

test("what a killed agent left of a large write is gone after the next start", async () => {
  const store = new Database(join(h.folder, "data", "store.db"));
  store.prepare("INSERT INTO members (roster, user_id) VALUES ('draft', ?)").run(idOf("ann"));
  store.close();
  // nobody sees it meanwhile
  expect((await h.scim("GET", `/Users/${idOf("ann")}`)).body.groups).toHaveLength(1);
  await h.restart();
  await vi.waitFor(() => expect(nobodys()).toEqual([]));
  expect(h.accessFile().memberships).toHaveLength(4);
});
