/** A copy of the store from before is put in its place: nobody who left since gets in again by it, until somebody accepts it. */
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copiesOf } from "./copies.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { deactivate, staff } from "./people.ts";
import { change } from "./store/file.ts";

let h: Harness;
let digest: string;
let ids: ReadonlyMap<string, string>;
let copies: ReturnType<typeof copiesOf>;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  copies = copiesOf(h);
  digest = await h.deploy(await h.release());
  ids = await staff(h, { "core-team": ["ada", "bob", "cy"], engineering: ["ada", "bob", "cy"] });
  await h.restart(() => copies.backUp());
});
const restore = (meanwhile?: () => void) => copies.restore(meanwhile);
afterEach(() => h.stop());

const errors = () => h.logs.filter((line) => JSON.parse(line).level === 50).join();
const group = async (name: string) =>
  (await h.scim("GET", `/Groups?filter=displayName eq "${name}"&attributes=id`)).body.Resources[0].id;
const patch = (path: string, operation: object) => h.scim("PATCH", path, { Operations: [operation] });
const leave = async (from: string, name: string) =>
  patch(`/Groups/${await group(from)}`, { op: "remove", path: `members[value eq "${ids.get(name)}"]` });
const enforced = () => {
  const { accounts, memberships } = h.accessFile();
  return [accounts, memberships];
};
const put = (release: unknown, accept?: object) =>
  h.admin("PUT", "/release", {
    body: { release, origin: {}, ...(accept && { accept }) },
    headers: { "If-None-Match": "*" },
  });
const newest = async () => (await h.admin("GET", "/audit?last=1")).body.rows[0].sequence;
const everybody = [
  ["ada,1", "bob,1", "cy,1"],
  ["ada", "bob", "cy"].flatMap((name) => [`${name},okta/core-team`, `${name},okta/engineering`]),
];

test.each<[string, () => Promise<{ status: number }>, string[], string[]]>([
  ["is deactivated", () => deactivate(h, ids.get("bob")), ["bob,0"], []],
  ["is deleted", () => h.scim("DELETE", `/Users/${ids.get("bob")}`), ["bob,0"], []],
  ["leaves a group", () => leave("core-team", "bob"), ["bob,1"], ["bob,okta/engineering"]],
  [
    "is in a group that is deleted",
    async () => h.scim("DELETE", `/Groups/${await group("core-team")}`),
    ["bob,1"],
    ["bob,okta/engineering"],
  ],
])(
  "whoever %s does not get in again, and removals go on, also over another start",
  async (...[, how, a, m]) => {
    const before = await newest();
    expect((await how()).status).toBeLessThan(300);
    const [seen, left] = [await newest(), enforced()];
    const of = (rows: unknown[] = []) => rows.filter((row) => String(row).startsWith("bob,"));
    expect(left.map(of)).toEqual([a, m]);
    await restore();
    expect(enforced()).toEqual(left);
    expect(errors()).toContain(
      `the store ends at ${before} of the audit, and the access file has seen ${seen}`,
    );
    // what is kept of it is not forgotten when the audit has overtaken the number
    expect((await deactivate(h, ids.get("ada"))).status).toBe(200);
    expect((await leave("engineering", "cy")).status).toBe(204);
    expect((await h.scim("POST", "/Users", { userName: "eve@example.com" })).status).toBe(503);
    await h.restart(() => (h.logs.length = 0));
    expect(errors()).toContain(`and the access file has seen ${seen}`);
    const { accounts, memberships } = h.accessFile();
    expect(accounts).toEqual(["ada,0", ...a, "cy,1"]);
    expect(memberships).not.toContain("cy,okta/engineering");
    expect(of(memberships)).toEqual(m);
    const add = { op: "add", path: "members", value: [{ value: ids.get("cy") }] };
    expect((await patch(`/Groups/${await group("engineering")}`, add)).status).toBe(503);
    const { rows } = (await h.admin("GET", "/audit?last=9")).body;
    expect(rows.find((row: { operation: string }) => row.operation === "store.restore")).toMatchObject({
      ...{ sequence: seen + 1, actor: "agent", outcome: "done", code: "storeRestored" },
    });
  },
);

test.each(["PATCH", "PUT"])("a large %s that takes another one out brings no leaver back", async (method) => {
  expect((await leave("core-team", "bob")).status).toBe(204);
  await restore();
  const member = (name: string) => ({ value: ids.get(name), display: "x".repeat(300_000) });
  const op = { op: "remove", path: `members[value eq "${ids.get("cy")}"]`, value: [member("cy")] };
  const body =
    method === "PATCH"
      ? { Operations: [op] }
      : { displayName: "core-team", members: ["ada", "bob"].map(member) };
  const reply = await h.scim(method, `/Groups/${await group("core-team")}`, body);
  expect(reply.status).toBeLessThan(300);
  const there = h.accessFile().memberships?.filter((one) => String(one).includes("core-team"));
  expect(there).toEqual(["ada,okta/core-team"]);
});

test("whom the store does not know any more has no access: they could not be taken out", async () => {
  const eve = await h.scim("POST", "/Users", { userName: "eve@example.com", active: true });
  await patch(`/Groups/${await group("core-team")}`, {
    ...{ op: "add", path: "members", value: [{ value: eve.body.id }] },
  });
  await h.scim("POST", "/Groups", { displayName: "docs-team", members: [{ value: ids.get("ada") }] });
  expect(h.accessFile().memberships).toEqual(
    expect.arrayContaining(["ada,okta/docs-team", "eve,okta/core-team"]),
  );
  await restore();
  expect(enforced()).toEqual(everybody);
});

test.each<[string, () => Promise<unknown>]>([
  ["the same person who came back", async () => {}],
  [
    "another person",
    () =>
      h
        .admin("DELETE", "/owners/bob", { token: h.tokens.approver })
        .then(({ status }) => expect(status).toBe(204)),
  ],
])("nor has who came since by a name that it knows: %s", async (_, meanwhile) => {
  const externalId = "00u1";
  const bob = { userName: "bob@example.com", externalId, active: true };
  expect((await h.scim("PUT", `/Users/${ids.get("bob")}`, bob)).status).toBe(200);
  await h.restart(() => copies.backUp());
  await h.scim("DELETE", `/Users/${ids.get("bob")}`);
  await meanwhile();
  expect((await h.scim("POST", "/Users", bob)).status).toBe(201);
  expect(h.accessFile().accounts).toContain("bob,1");
  await restore();
  const withoutBob = ["ada,1", "bob,0", "cy,1"];
  expect(h.accessFile().accounts).toEqual(withoutBob);
  await h.restart();
  expect(h.accessFile().accounts).toEqual(withoutBob);
  expect((await put(await h.release(), { from: digest, lose: 0 })).status).toBe(200);
  expect(h.accessFile().accounts).toEqual(withoutBob);
});

test("an access file of an agent before, which does not say whose an account is, goes on", async () => {
  await h.restart(() => change(h.config.access, "DROP TABLE holders"));
  await deactivate(h, ids.get("bob"));
  const left = enforced();
  await restore(() => change(h.config.access, "DROP TABLE IF EXISTS holders"));
  expect(enforced()).toEqual(left);
});

test("an accept brings back nobody who had left, but whom their provider sends; with its row in the audit", async () => {
  await leave("core-team", "cy");
  await deactivate(h, ids.get("bob"));
  const left = enforced();
  const seen = await newest();
  await restore();
  const release = await h.release();
  for (const accept of [undefined, { from: `sha256:${"1".repeat(64)}`, lose: 99 }]) {
    const { status, body } = await put(release, accept);
    expect([status, body.error.code]).toEqual([409, "storeRestored"]);
    expect(body.error.message).toContain(`write: accept: { from: "${digest}", lose: 0 }`);
    const impact = await h.admin("POST", "/impact", { body: { release, ...(accept && { accept }) } });
    expect(impact.body.failures).toEqual([body.error.message]);
  }
  expect((await h.admin("GET", "/access")).body.error.code).toBe("storeRestored");
  const policy = (await h.admin("GET", `/history`)).body.entries[0].policyDigest;
  expect((await h.admin("GET", `/policies/${policy}`)).body).toMatchObject({ active: false });
  expect(h.accessFile().accounts).toContain("bob,0");
  expect((await put(release, { from: digest, lose: 0 })).status).toBe(200);
  expect(enforced()).toEqual(left);
  const { rows } = (await h.admin("GET", "/audit?last=1")).body;
  expect(rows).toMatchObject([{ actor: "admin:deployer", operation: "release.activate", outcome: "done" }]);
  expect(rows[0].detail).toContain("accepted in place of what cannot be trusted");
  await h.restart(() => (h.logs.length = 0));
  expect(errors()).toBe("");
  expect(enforced()).toEqual(left);
  await patch(`/Users/${ids.get("bob")}`, { op: "replace", path: "active", value: true });
  expect(enforced()).toEqual([everybody[0], left[1]]);
  // no number is given twice, so that the same copy is noticed again
  expect(await newest()).toBeGreaterThan(seen);
  await deactivate(h, ids.get("cy"));
  await restore();
  expect(enforced()).toEqual([
    ["ada,1", "bob,1", "cy,0"],
    ["ada,okta/core-team", "ada,okta/engineering"],
  ]);
});

test("a connector that was allowed to renumber is not any more", async () => {
  const { approver: token } = h.tokens;
  const allow = (until: number | null) =>
    h.admin("PUT", "/renumberings/okta", { token, body: { until } }).then(({ status }) => status);
  expect(await allow(Date.now() + 3_600_000)).toBe(200);
  await h.restart(() => copies.backUp());
  expect(await allow(null)).toBe(200);
  await restore();
  expect((await h.admin("GET", "/owners")).body.renumbering).toEqual([]);
});

const strict = (release: ReleaseShape) => {
  release.permissions.core.write = [];
  release.settings.delivery.destroy = "allow";
};
const next = async (release: unknown) =>
  h.admin("PUT", "/release", { body: { release, origin: {} }, headers: { "If-Match": `"${digest}"` } });
const end = async (of: string) => h.admin("DELETE", "/release", { headers: { "If-Match": `"${of}"` } });

test("where another release became active since, the file goes on with that one", async () => {
  const active = (await next(await h.release(strict))).body.digest;
  const grants = h.accessFile().grants;
  await deactivate(h, ids.get("bob"));
  await restore();
  expect(h.accessFile()).toMatchObject({ grants, accounts: ["ada,1", "bob,0", "cy,1"] });
  const { status, body } = await put(await h.release(strict));
  expect([status, body.error.message]).toEqual([409, expect.stringContaining(`from: "${active}"`)]);
  expect((await put(await h.release(strict), { from: digest, lose: 0 })).status).toBe(200);
  expect(h.accessFile()).toMatchObject({ grants, accounts: ["ada,1", "bob,0", "cy,1"] });
});

test("where the release was ended since, nobody has access by the one that is active again", async () => {
  await end((await next(await h.release(strict))).body.digest);
  await restore();
  expect(enforced()).toEqual([["ada,0", "bob,0", "cy,0"], []]);
  expect((await put(await h.release())).body.error.code).toBe("storeRestored");
});

test("where none was active then, nobody has access by the one that is active since", async () => {
  await end((await next(await h.release(strict))).body.digest);
  await h.restart(() => copies.backUp());
  await h.deploy(await h.release());
  expect(enforced()).toEqual(everybody);
  await restore();
  expect(h.accessFile().accounts).toEqual(["ada,0", "bob,0", "cy,0"]);
  expect((await put(await h.release(), { from: digest, lose: 0 })).status).toBe(200);
  expect(enforced()).toEqual(everybody);
});

test("where none was active by either, a leaver does not come in by the next one", async () => {
  await end((await next(await h.release(strict))).body.digest);
  await h.restart(() => copies.backUp());
  await h.deploy(await h.release());
  await deactivate(h, ids.get("bob"));
  digest = (await h.admin("GET", "/release")).body.digest;
  await end((await next(await h.release(strict))).body.digest);
  await restore();
  expect((await put(await h.release())).body.error.code).toBe("storeRestored");
});

test("a write that changed no access is missed too, when the agent has run for a while or was stopped", async () => {
  await patch(`/Users/${ids.get("ada")}`, { op: "add", path: "title", value: "Lead" });
  await restore();
  expect(errors()).toContain("the access file has seen");
});

test("an access file that is older than the store is made equal to it, and one that is lost is told", async () => {
  const old = join(h.folder, "old.db");
  copyFileSync(h.config.access, old);
  await deactivate(h, ids.get("bob"));
  await h.restart(() => copyFileSync(old, h.config.access));
  expect(h.accessFile().accounts).toEqual(["ada,1", "bob,0", "cy,1"]);
  expect(errors()).toBe("");
  await restore(() => rmSync(h.config.access));
  expect(enforced()).toEqual(everybody);
  expect(h.logs.join()).toContain("nobody can tell whether the store is a copy from before");
});

test("both from before, the store older: no more than both give", async () => {
  await leave("core-team", "ada");
  const old = join(h.folder, "old.db");
  copyFileSync(h.config.access, old);
  await leave("core-team", "bob");
  await restore(() => copyFileSync(old, h.config.access));
  expect(h.accessFile().memberships).not.toContain("ada,okta/core-team");
  expect(errors()).toContain("the access file has seen");
});

test("a newer copy in its place mends it, unless somebody was taken out meanwhile", async () => {
  await deactivate(h, ids.get("bob"));
  const left = enforced();
  await h.restart(() => copies.backUp("newer"));
  await restore();
  expect((await h.scim("POST", "/Users", { userName: "eve@example.com" })).status).toBe(503);
  await h.restart(() => copies.putBack("newer"));
  expect(enforced()).toEqual(left);
  expect((await h.admin("GET", "/release")).body.digest).toBe(digest);
  await restore();
  await deactivate(h, ids.get("cy"));
  await h.restart(() => copies.putBack("newer"));
  expect(h.accessFile().accounts).toEqual(["ada,1", "bob,0", "cy,0"]);
  expect(errors()).toContain("the access file has seen");
});

test("who is deleted meanwhile and came since the copy is out by a newer one, too", async () => {
  const eve = (await h.scim("POST", "/Users", { userName: "eve@example.com", active: true })).body.id;
  const docs = (await h.scim("POST", "/Groups", { displayName: "docs-team", members: [{ value: eve }] })).body
    .id;
  await h.restart(() => copies.backUp("newer"));
  await restore();
  const remove = () =>
    Promise.all([`/Users/${eve}`, `/Groups/${docs}`].map((path) => h.scim("DELETE", path)));
  // 404 would say that they are gone
  expect((await remove()).map(({ status }) => status)).toEqual([503, 503]);
  await h.restart(() => copies.putBack("newer"));
  expect(h.accessFile().accounts).toContain("eve,1");
  expect((await remove()).map(({ status }) => status)).toEqual([204, 204]);
  expect(h.accessFile().accounts).toContain("eve,0");
});

test("while the store is one from before, an access file from before gives nobody access", async () => {
  const old = join(h.folder, "old.db");
  copyFileSync(h.config.access, old);
  await deactivate(h, ids.get("bob"));
  await restore();
  expect(h.accessFile().accounts).toContain("ada,1");
  await h.restart(() => copyFileSync(old, h.config.access));
  expect(enforced()).toEqual([["ada,0", "bob,0", "cy,0"], []]);
});

test("an empty store in its place is a new one, and the one that was there is none from before", async () => {
  await deactivate(h, ids.get("bob"));
  const left = enforced();
  await h.restart(() => {
    copies.backUp("real");
    copies.takeOut();
    h.logs.length = 0;
  });
  expect(enforced()).toEqual([[], []]);
  await h.restart(() => copies.putBack("real"));
  expect(enforced()).toEqual(left);
  expect(errors()).toBe("");
  await h.restart(copies.takeOut);
  await h.deploy(await h.release());
  await staff(h, { engineering: ["dan"] });
  await h.restart();
  expect(enforced()).toEqual([["dan,1"], ["dan,okta/engineering"]]);
  expect(errors()).toBe("");
});

test("beside the log of an agent that was killed a copy is refused, for it would be a mixture; the log stays", async () => {
  await deactivate(h, ids.get("bob"));
  await h.restart();
  await patch(`/Users/${ids.get("ada")}`, { op: "add", path: "title", value: "Lead" });
  const [log, killed] = [`${copies.file}-wal`, join(h.folder, "killed")];
  // what it leaves
  copyFileSync(log, `${killed}-wal`);
  copies.backUp("killed");
  const mixed = h.restart(() => {
    copies.putBack();
    copyFileSync(`${killed}-wal`, log);
  });
  await expect(mixed).rejects.toThrow(`${log} is the log of another store.db`);
  h.agent = { ...h.agent, stop: async () => {} };
  await h.restart(() => copyFileSync(`${killed}.db`, copies.file));
  expect(h.accessFile().accounts).toContain("bob,0");
  expect((await h.scim("GET", `/Users/${ids.get("ada")}`)).body.title).toBe("Lead");
  expect(errors()).toBe("");
});

test("rows that somebody has taken out of the audit are missed", async () => {
  await h.restart(() => change(copies.file, "DELETE FROM audit"));
  expect(errors()).toContain("the store ends at 0 of the audit");
  expect(enforced()).toEqual(everybody);
});

/** Has a copy in which Bob is inactive in the store's place; in the copy `newer` he is active again. */
async function restoreBeforeBobWasBack(): Promise<void> {
  await deactivate(h, ids.get("bob"));
  await h.restart(() => copies.backUp());
  const back = { op: "replace", path: "active", value: true };
  expect((await patch(`/Users/${ids.get("bob")}`, back)).status).toBe(200);
  await h.restart(() => copies.backUp("newer"));
  await restore();
}

test.each<[string, () => Promise<{ status: number }>]>([
  ["deactivated", () => deactivate(h, ids.get("bob"))],
  ["deleted", () => h.scim("DELETE", `/Users/${ids.get("bob")}`)],
])("who is %s by a copy that has them as inactive is not back by a newer one", async (_, how) => {
  await restoreBeforeBobWasBack();
  expect((await how()).status).toBeLessThan(300);
  await h.restart(() => copies.putBack("newer"));
  const withoutBob = ["ada,1", "bob,0", "cy,1"];
  expect(h.accessFile().accounts).toEqual(withoutBob);
  expect((await put(await h.release(), { from: digest, lose: 0 })).status).toBe(200);
  expect(h.accessFile().accounts).toEqual(withoutBob);
});

test("who leaves a group by a copy that has them as inactive is not in it by a newer one", async () => {
  await restoreBeforeBobWasBack();
  expect((await leave("core-team", "bob")).status).toBe(204);
  await h.restart(() => copies.putBack("newer"));
  await put(await h.release(), { from: digest, lose: 0 });
  expect(h.accessFile().memberships).not.toContain("bob,okta/core-team");
});
