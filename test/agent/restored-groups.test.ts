/** Groups since a copy of the store that is put back: deleted, made again or called otherwise, whoever is taken out of one is out. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { twinWith } from "./authentication/twin.ts";
import { copiesOf } from "./copies.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";
import { send } from "./request.ts";

const variable = "SCIM_TEST_RESTORED_TWIN";
const twinToken = "the-token-of-the-twin";
let h: Harness;
let digest: string;
let ids: ReadonlyMap<string, string>;
let core: string;
let docs: string;
let copies: ReturnType<typeof copiesOf>;

/** Beside okta a connector twin, which has a core-team too. */
const withTwin = (draft: ReleaseShape) => {
  twinWith(draft, [`ref+env://${variable}`]);
  draft.connectors.twin.groups = ["core-team"];
  draft.permissions.docs.write = ["twin/core-team"];
};
beforeEach(async () => {
  process.env[variable] = twinToken;
  h = await startHarness(["core/api", "docs"]);
  copies = copiesOf(h);
  digest = await h.deploy(await h.release(withTwin));
  ids = await staff(h, { "core-team": ["ada", "bob", "cy"], "docs-team": ["ada"] });
  core = await found("core-team");
  docs = await found("docs-team");
  await h.restart(() => copies.backUp());
});
afterEach(async () => {
  delete process.env[variable];
  await h.stop();
});

const found = async (name: string): Promise<string> =>
  (await h.scim("GET", `/Groups?filter=displayName eq "${name}"`)).body.Resources?.[0]?.id;
const members = (...names: string[]) => names.map((name) => ({ value: ids.get(name) }));
const make = async (displayName: string, ...names: string[]): Promise<string> =>
  (await h.scim("POST", "/Groups", { displayName, members: members(...names) })).body.id;
const patch = (id: string, operation: object) =>
  h.scim("PATCH", `/Groups/${id}`, { Operations: [operation] });
const call = (id: string, displayName: string) => patch(id, { op: "replace", value: { displayName } });
const remove = (id: string, ...names: string[]) =>
  patch(id, { op: "remove", path: "members", value: members(...names) });
const of = (group: string) =>
  (h.accessFile().memberships ?? []).flatMap((row) =>
    String(row).endsWith(`,okta/${group}`) ? String(row).split(",")[0] : [],
  );
const accept = async () => {
  const release = await h.release(withTwin);
  const body = { release, origin: {}, accept: { from: digest, lose: 0 } };
  expect((await h.admin("PUT", "/release", { body, headers: { "If-None-Match": "*" } })).status).toBe(200);
};
/** Everything that comes after: no one of them brings anybody back. */
const stays = async (group: string, names: readonly string[]) => {
  expect(of(group)).toEqual(names);
  await h.restart();
  expect(of(group)).toEqual(names);
  await accept();
  expect(of(group)).toEqual(names);
  await h.restart();
  expect(of(group)).toEqual(names);
};

test.each<[string, (again: string) => Promise<{ status: number }>, string[]]>([
  ["PATCH", (again) => remove(again, "bob"), ["ada"]],
  [
    "PUT",
    (again) => h.scim("PUT", `/Groups/${again}`, { displayName: "core-team", members: members("bob") }),
    ["bob"],
  ],
  ["DELETE", (again) => h.scim("DELETE", `/Groups/${again}`), []],
  ["nothing", async () => ({ status: 200 }), ["ada", "bob"]],
])("one that was made again is taken from by the id that it has now: %s", async (_, take, left) => {
  await h.scim("DELETE", `/Groups/${core}`);
  const again = await make("core-team", "ada", "bob");
  await copies.restore();
  expect(of("core-team")).toEqual(["ada", "bob"]);
  expect((await h.scim("GET", `/Groups/${again}`)).body.members.length).toBe(2);
  expect((await take(again)).status).toBeLessThan(300);
  await stays("core-team", left);
  expect((await h.scim("GET", `/Groups/${core}`)).status).toBe(404);
});

test("one that was deleted is not there again, nor whoever was in it", async () => {
  await h.scim("DELETE", `/Groups/${core}`);
  await copies.restore();
  await stays("core-team", []);
  const { rows } = (await h.admin("GET", "/audit?last=9")).body;
  expect(rows.find((row: { operation: string }) => row.operation === "store.restore").detail).toContain(
    "0 users, 1 groups, 0 memberships",
  );
});

test("one that was made under a new name is not known, and nobody is in it", async () => {
  const release = await make("release-managers", "ada");
  await copies.restore();
  for (const answer of [await remove(release, "ada"), await h.scim("GET", `/Groups/${release}`)])
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, expect.any(String)]);
  await stays("release-managers", []);
  expect((await h.scim("GET", `/Groups/${release}`)).status).toBe(404);
});

test("two that have changed their names with each other have them, and members go by the name", async () => {
  await call(core, "nothing");
  await call(docs, "core-team");
  await call(core, "docs-team");
  await remove(docs, "ada");
  await patch(docs, { op: "add", path: "members", value: members("bob") });
  expect([of("core-team"), of("docs-team")]).toEqual([["bob"], ["ada", "bob", "cy"]]);
  await copies.restore();
  // bob came into docs since the copy, and by the copy's name he was in core-team
  expect([of("core-team"), of("docs-team")]).toEqual([[], ["ada", "bob", "cy"]]);
  expect((await remove(core, "cy")).status).toBe(204);
  await stays("docs-team", ["ada", "bob"]);
  expect(of("core-team")).toEqual([]);
  expect([await found("core-team"), await found("docs-team")]).toEqual([docs, core]);
});

test("one whose name gives nothing any more gives nothing by the name of before", async () => {
  await call(core, "somewhere else");
  await copies.restore();
  await stays("core-team", []);
});

test("what another connector calls so is another group", async () => {
  const twin = async (method: string, path: string, body?: object) => {
    const { text, status } = await send(`${h.agent.scim}/scim/twin/v2${path}`, {
      method,
      headers: { Authorization: `Bearer ${twinToken}`, "Content-Type": "application/scim+json" },
      body: body && JSON.stringify(body),
      ca: h.ca,
    });
    return { status, id: text === "" ? "" : JSON.parse(text).id };
  };
  const tia = await twin("POST", "/Users", { userName: "tia@example.com", active: true });
  const body = { displayName: "core-team", members: [{ value: tia.id }] };
  const first = await twin("POST", "/Groups", body);
  await h.restart(() => copies.backUp());
  await h.scim("DELETE", `/Groups/${core}`);
  await twin("DELETE", `/Groups/${first.id}`);
  const second = await twin("POST", "/Groups", body);
  await copies.restore();
  expect(of("core-team")).toEqual([]);
  expect(h.accessFile().memberships).toContain("tia,twin/core-team");
  expect((await remove(second.id, "ada")).status).toBe(503);
  expect((await twin("DELETE", `/Groups/${second.id}`)).status).toBe(204);
  await stays("core-team", []);
  expect(h.accessFile().memberships).not.toContain("tia,twin/core-team");
});

test("nobody is told that somebody is not there, whom a newer copy may know", async () => {
  const eve = (await h.scim("POST", "/Users", { userName: "eve@example.com", active: true })).body.id;
  await patch(core, { op: "add", path: "members", value: [{ value: eve }] });
  await h.restart(() => copies.backUp("newer"));
  await copies.restore();
  const asked = () =>
    Promise.all([
      h.scim("GET", `/Users/${eve}`),
      h.scim("GET", '/Users?filter=userName eq "eve@example.com"'),
      h.scim("POST", "/Users/.search", { filter: 'userName eq "eve@example.com"' }),
      h.scim("GET", '/?filter=userName eq "eve@example.com"'),
      patch(core, { op: "remove", path: `members[value eq "${eve}"]` }),
      h.scim("GET", '/Users?filter=userName eq "ada@example.com"'),
    ]);
  expect((await asked()).map(({ status }) => status)).toEqual([503, 503, 503, 503, 503, 200]);
  // so is one whose access was shut with what the copy lacks, at the next start too
  await h.restart();
  expect((await asked()).map(({ status }) => status)).toEqual([503, 503, 503, 503, 503, 200]);
  await h.restart(() => copies.putBack("newer"));
  expect(of("core-team")).toEqual(["ada", "bob", "cy", "eve"]);
  expect((await asked()).map(({ status }) => status)).toEqual([200, 200, 200, 200, 204, 200]);
  expect(of("core-team")).toEqual(["ada", "bob", "cy"]);
});
