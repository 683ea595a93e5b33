/** `meanwhile: suspend`: whoever has something held has no access until that ends, and then what the store says, not more. */
import { createHash, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { constrained } from "../constraints/constrained.ts";
import { copiesOf } from "../copies.ts";
import { type Harness, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { type SmallDisk, smallDisk } from "../small-disk.ts";
import { change as alter } from "../store/file.ts";
import {
  change,
  decide,
  deployConstraints,
  eventually,
  held,
  holdId,
  letIn,
  members,
  shown,
  waiting,
} from "./world.ts";

const day = 86_400_000;

let h: Harness;
let now: number;
let people: Map<string, string>;
let disk: SmallDisk | undefined;
beforeEach(async () => {
  now = Date.parse("2030-01-01T00:00:00Z");
  h = await startHarness(["core/api"], { egress: ["hooks.example.com"] }, { clock: () => now });
  await deployConstraints(h, {});
  people = await staff(h, { "core-team": ["ada", "bob"], "docs-team": ["eve", "joe"] });
});
afterEach(async () => {
  await h.stop();
  disk?.remove();
  disk = undefined;
});

const suspending = (constraint: object) => ({ ...held(constraint), meanwhile: "suspend" });
const titled = suspending({ require: 'user.?title.orValue("") != "chief"', expires: "1d" });
const apart = suspending({ separate: { groups: ["okta/core-team", "okta/docs-team"] } });
const id = (name: string) => people.get(name) ?? "";
const promote = (name: string, title = "chief") =>
  h.scim("PATCH", `/Users/${id(name)}`, change({ op: "replace", path: "title", value: title }));
const everybody = ["ada", "bob", "eve", "joe"];
const groupId = async (name: string) => {
  const { Resources } = (await h.scim("GET", "/Groups?excludedAttributes=members")).body;
  return Resources.find(({ displayName }: { displayName: string }) => displayName === name).id;
};
const patchGroup = async (name: string, ...operations: object[]) =>
  h.scim("PATCH", `/Groups/${await groupId(name)}`, change(...operations));

test.each(["approve", "discard"] as const)(
  "a user whose write is held is out from its answer on, until somebody says %s",
  async (word) => {
    await deployConstraints(h, { titled });
    const reply = await promote("ada");
    expect(reply.status).toBe(409);
    expect(letIn(h)).toEqual(["bob", "eve", "joe"]);
    const hold = holdId(reply);
    expect(await shown(h, hold)).toMatchObject({ suspends: true });
    expect(reply.body.detail).toContain("; until then whom it is about has no access");
    // asked for again, it is the same
    expect(holdId(await promote("ada"))).toBe(hold);
    expect(letIn(h)).toEqual(["bob", "eve", "joe"]);
    expect((await decide(h, hold, word)).status).toBe(200);
    expect(letIn(h)).toEqual(everybody);
  },
);

test("without it, and with keep, nobody's access differs", async () => {
  await deployConstraints(h, { titled: { ...titled, meanwhile: "keep" } });
  const reply = await promote("ada");
  expect(letIn(h)).toEqual(everybody);
  expect(await shown(h, holdId(reply))).toMatchObject({ suspends: false });
});

test("whoever would come into a group is out, and whoever is in it or leaves it is not", async () => {
  await deployConstraints(h, { apart });
  // eve comes in beside docs-team; bob stays, and ada leaves at once
  const reply = await patchGroup(
    "core-team",
    members("add", id("eve"), id("bob")),
    members("remove", id("ada")),
  );
  expect(reply.status).toBe(204);
  const [hold] = await waiting(h);
  expect(letIn(h)).toEqual(["ada", "bob", "joe"]);
  expect((await decide(h, hold?.id ?? "", "discard")).status).toBe(200);
  expect(letIn(h)).toEqual(everybody);
  expect((await patchGroup("core-team", members("replace", id("bob"), id("joe")))).status).toBe(409);
  expect(letIn(h)).toEqual(["ada", "bob", "eve"]);
});

test("of several holds of one person, the last one counts", async () => {
  await deployConstraints(h, { titled, apart });
  const one = holdId(await promote("eve"));
  const other = holdId(await patchGroup("core-team", members("add", id("eve"))));
  await decide(h, one, "discard");
  expect(letIn(h)).toEqual(["ada", "bob", "joe"]);
  await decide(h, other, "approve");
  expect(letIn(h)).toEqual(everybody);
});

test("a restart, and a file that is made anew, leave it so", async () => {
  await deployConstraints(h, { titled });
  const hold = holdId(await promote("ada"));
  const before = h.accessFile();
  await h.restart();
  expect(h.accessFile()).toEqual(before);
  await h.restart(() => rmSync(h.config.access));
  expect(h.accessFile()).toEqual(before);
  await decide(h, hold, "discard");
  const after = h.accessFile();
  await h.restart(() => rmSync(h.config.access));
  expect(h.accessFile()).toEqual(after);
  expect(letIn(h)).toEqual(everybody);
});

test("another release ends it by its constraint, by keep, and begins it again", async () => {
  await deployConstraints(h, { titled });
  const hold = holdId(await promote("ada"));
  await deployConstraints(h, { titled: { ...titled, meanwhile: "keep" } });
  expect(letIn(h)).toEqual(everybody);
  expect(await shown(h, hold)).toMatchObject({ state: "pending", suspends: false });
  await deployConstraints(h, { titled });
  expect(letIn(h)).toEqual(["bob", "eve", "joe"]);
  await deployConstraints(h, {});
  await eventually(
    () => shown(h, hold),
    ({ state }) => state === "released",
  );
  expect(letIn(h)).toEqual(everybody);
});

test("it ends with what takes the place of the write, and with its time", async () => {
  await deployConstraints(h, { titled });
  const hold = holdId(await promote("ada"));
  const put = { userName: "ada@example.com", active: true, title: "engineer" };
  expect((await h.scim("PUT", `/Users/${id("ada")}`, put)).status).toBe(200);
  expect(await shown(h, hold)).toMatchObject({ state: "superseded" });
  expect(letIn(h)).toEqual(everybody);
  const later = holdId(await promote("ada"));
  expect(letIn(h)).not.toContain("ada");
  now += 2 * day;
  await h.restart();
  await eventually(
    () => shown(h, later),
    ({ state }) => state === "expired",
  );
  expect(letIn(h)).toEqual(everybody);
});

test("who left meanwhile stays out, and who was deleted too", async () => {
  await deployConstraints(h, { titled });
  const hold = holdId(await promote("ada"));
  expect((await deactivate(h, id("ada"))).status).toBe(200);
  await decide(h, hold, "discard");
  expect(letIn(h)).toEqual(["bob", "eve", "joe"]);
  await promote("bob");
  expect((await h.scim("DELETE", `/Users/${id("bob")}`)).status).toBe(204);
  expect(await waiting(h)).toEqual([]);
  expect(letIn(h)).toEqual(["eve", "joe"]);
});

test("what changes beside it gives nothing until it ends, and then it is there", async () => {
  await deployConstraints(h, { titled });
  const hold = holdId(await promote("ada"));
  expect((await patchGroup("docs-team", members("add", id("ada")))).status).toBe(204);
  expect((await patchGroup("core-team", members("remove", id("ada")))).status).toBe(204);
  expect(letIn(h)).toEqual(["bob", "eve", "joe"]);
  await decide(h, hold, "discard");
  expect(h.accessFile().memberships).toContain("ada,okta/docs-team");
  expect(h.accessFile().memberships).not.toContain("ada,okta/core-team");
});

test("a limit counts nobody for it, and holds the same on", async () => {
  await deployConstraints(h, { mass: suspending({ limit: { deactivations: 1, per: "1h" } }) });
  expect((await deactivate(h, id("ada"))).status).toBe(200);
  const hold = holdId(await deactivate(h, id("bob")));
  expect(letIn(h)).toEqual(["eve", "joe"]);
  now += 2 * 3_600_000;
  // a suspension took no room, and gives none
  expect((await deactivate(h, id("eve"))).status).toBe(200);
  expect(holdId(await deactivate(h, id("bob")))).toBe(hold);
  await decide(h, hold, "discard");
  expect(letIn(h)).toEqual(["bob", "joe"]);
});

test("the list of access and rights for a while follow it", async () => {
  const token = randomBytes(24).toString("base64url");
  const sha256 = createHash("sha256").update(token).digest("hex");
  h.config.tokens.push({ name: "eve", role: "reader", sha256, account: "eve" });
  await h.restart();
  await deployConstraints(h, { titled }, (draft) => {
    draft.variables.SCIM_PAGER = { type: "url", value: "https://hooks.example.com/x" };
    const breakGlass = {
      ...{ who: ["okta/docs-team"], right: "write", for: "1h" },
      alert: { var: "SCIM_PAGER" },
    };
    Object.assign(draft.permissions.core, { breakGlass, owner: "core-team" });
  });
  const list = async () => (await h.admin("GET", "/access")).body;
  const body = { repository: "core/api", for: "30m", reason: "the build is broken" };
  const take = () => h.admin("POST", "/break-glass", { token, body });
  expect((await take()).status).toBe(201);
  const before = await list();
  expect(before.breakGlass).toHaveLength(1);
  const hold = holdId(await promote("eve"));
  expect(await take()).toMatchObject({ status: 403, body: { error: { code: "breakGlassSuspended" } } });
  const meanwhile = await list();
  expect(meanwhile.suspended).toEqual(["eve"]);
  expect(meanwhile.accounts).toEqual(before.accounts);
  const ofOthers = before.access.filter(({ account }: { account: string }) => account !== "eve");
  expect(meanwhile.access).toEqual(ofOthers);
  expect(ofOthers.length).toBeLessThan(before.access.length);
  expect(letIn(h)).toEqual(["ada", "bob", "joe"]);
  await decide(h, hold, "discard");
  expect(await list()).toEqual(before);
});

test("of a body of many thousand members, whoever would come in is out", async () => {
  const count = 6_000;
  const many = `
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      INSERT INTO users (id, connector, user_name, resource, created, modified, version)
      SELECT 'id' || i, connector, 'n' || i || '@example.com',
        json_set(resource, '$.userName', 'n' || i || '@example.com', '$.active', json('false')), 0, 0, 1
      FROM (SELECT * FROM users LIMIT 1), n`;
  await h.restart(() => alter(join(h.config.data, "store.db"), many));
  await deployConstraints(h, { apart });
  const ids = Array.from({ length: count }, (_, i) => `id${i + 1}`);
  expect((await patchGroup("core-team", members("replace", id("bob"), id("eve"), ...ids))).status).toBe(204);
  const [hold] = await waiting(h);
  // ada, who is not named, has left by it
  expect(letIn(h)).toEqual(["ada", "bob", "joe"]);
  expect(h.accessFile().memberships).not.toContain("ada,okta/core-team");
  expect((await decide(h, hold?.id ?? "", "discard")).status).toBe(200);
  expect(letIn(h)).toEqual(everybody);
});

describe("a store from before", () => {
  const others = ["bob", "eve", "joe"];
  const redeploy = async (from: string) => {
    const release = await constrained(h, { titled });
    const reply = await h.admin("PUT", "/release", {
      body: { release, origin: {}, accept: { from, lose: 0 } },
      headers: { "If-None-Match": "*" },
    });
    expect(reply.status).toBe(200);
  };

  test("that lacks the hold takes nobody out, and lets nobody in before a release", async () => {
    const copies = copiesOf(h);
    const digest = await deployConstraints(h, { titled });
    await h.restart(() => copies.backUp());
    await promote("ada");
    await copies.restore();
    expect(letIn(h)).toEqual(others);
    await h.restart();
    expect(letIn(h)).toEqual(others);
    await redeploy(digest);
    expect((await h.scim("GET", `/Users/${id("ada")}`)).body).toMatchObject({ active: true });
    expect(h.accessFile().memberships).toContain("ada,okta/core-team");
    expect((await promote("ada")).status).toBe(409);
    expect(letIn(h)).toEqual(others);
  });

  test("that has the hold has ended it, and nobody is let in before a release", async () => {
    const copies = copiesOf(h);
    const digest = await deployConstraints(h, { titled });
    const one = holdId(await promote("ada"));
    await promote("bob");
    await h.restart(() => copies.backUp());
    await promote("eve", "engineer");
    await copies.restore();
    expect(await decide(h, one, "discard")).toMatchObject({ body: { error: { code: "holdEnded" } } });
    expect(letIn(h)).toEqual(["eve", "joe"]);
    await redeploy(digest);
    expect(letIn(h)).toEqual(everybody);
  });
});

test.runIf(process.getuid?.() === 0)("where the disk is full, who is kept in by a limit is out", async () => {
  await h.stop();
  disk = smallDisk();
  const folder = `${disk.folder}/agent`;
  h = await startHarness(["core/api"], { data: `${folder}/data`, access: `${folder}/access/access.db` });
  await deployConstraints(h, { mass: suspending({ limit: { deactivations: 0, per: "1h" } }) });
  people = await staff(h, { engineering: ["ada", "bob"] });
  disk.fill();
  const hold = holdId(await deactivate(h, id("ada")));
  expect(holdId(await deactivate(h, id("ada")))).toBe(hold);
  expect(letIn(h)).toEqual(["bob"]);
  // the hold has its row in the audit, and its repeat takes no room
  const { rows } = (await h.admin("GET", "/audit?last=100")).body;
  const told = rows.filter(({ outcome }: { outcome: string }) => outcome === "held");
  expect(told).toMatchObject([{ target: id("ada"), rule: "mass", detail: expect.stringContaining(hold) }]);
  disk.clear();
});
