/** Holds of what is large, of what an approver says, and where the disk is full. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { localAs } from "../break-glass/people.ts";
import { type Harness, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
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

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  await deployConstraints(h, {});
});
afterEach(() => h.stop());

const count = 6_000;
/** As many users like the one who is there, without accounts. */
const many = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
    INSERT INTO users (id, connector, user_name, resource, created, modified, version)
    SELECT 'id' || i, connector, 'n' || i || '@example.com',
      json_set(resource, '$.userName', 'n' || i || '@example.com', '$.active', json('false')), 0, 0, 1
    FROM (SELECT * FROM users LIMIT 1), n`;

test("a body of many thousand members is held whole, known again, and done in the end", async () => {
  const people = await staff(h, { "core-team": ["ada"], "docs-team": ["eve"] });
  await h.restart(() => alter(join(h.config.data, "store.db"), many));
  await deployConstraints(h, {
    "four-eyes": held({ separate: { groups: ["okta/core-team", "okta/docs-team"] } }),
  });
  const { Resources } = (await h.scim("GET", "/Groups?excludedAttributes=members")).body;
  const [{ id }] = Resources.filter(
    ({ displayName }: { displayName: string }) => displayName === "core-team",
  );
  const ids = Array.from({ length: count }, (_, i) => `id${i + 1}`);
  // one of them is in the other group, and who was there is not named
  const body = change(members("replace", people.get("eve") ?? "", ...ids));
  expect((await h.scim("PATCH", `/Groups/${id}`, body)).status).toBe(204);
  const [hold] = await waiting(h);
  expect(hold).toMatchObject({ rules: ["four-eyes"], removal: false, attempts: 1 });
  const counted = async () => ((await h.scim("GET", `/Groups/${id}`)).body.members ?? []).length;
  expect(await counted()).toBe(0);
  expect(holdId(await h.scim("PATCH", `/Groups/${id}`, body))).toBe(hold?.id);
  // a change behind it waits, and what it takes away does not
  const behind = await h.scim("PATCH", `/Groups/${id}`, change(members("add", people.get("ada") ?? "")));
  expect(behind.status).toBe(409);
  expect((await decide(h, hold?.id ?? "", "approve")).status).toBe(200);
  await eventually(
    () => shown(h, holdId(behind)),
    ({ state }) => state === "released",
  );
  expect(await counted()).toBe(count + 2);
});

test("an approver's word about an account is held, too, and another one decides", async () => {
  const post = (externalId: string, parts: object = {}) =>
    h.scim("POST", "/Users", { userName: "ann@example.com", externalId, ...parts });
  const first = (await post("A")).body.id;
  await h.scim("DELETE", `/Users/${first}`);
  const second = (await post("B", { title: "x" })).body.id;
  expect(letIn(h)).toEqual([]);
  await deployConstraints(h, { titled: held({ require: 'user.?title.orValue("") != "x"' }) });
  const confirm = () => h.admin("POST", "/owners/ann", { token: h.tokens.approver, body: { user: second } });
  const reply = await confirm();
  expect([reply.status, reply.body.error.code]).toEqual([409, "held"]);
  const [hold] = await waiting(h);
  expect(hold).toMatchObject({ operation: "account.confirm", target: "ann", owner: "identity" });
  expect(reply.body.error.message).toContain(hold?.id);
  await confirm();
  expect(await waiting(h)).toMatchObject([{ id: hold?.id, attempts: 2 }]);
  const id = hold?.id ?? "";
  expect(await decide(h, id, "approve")).toMatchObject({ body: { error: { code: "ownAccount" } } });
  expect(letIn(h)).toEqual([]);
  const { fingerprint } = await shown(h, id);
  const word = { decision: "approve", reason: "as agreed", fingerprint } as const;
  expect(await localAs(h, "carol").decideHold(id, word)).toMatchObject({ ok: true });
  expect(letIn(h)).toEqual(["ann"]);
});

test("a word about an account is about the user who was shown, and not whoever they are by now", async () => {
  const named = { userName: "ann@example.com", title: "x" };
  const { id: first } = (await h.scim("POST", "/Users", { ...named, externalId: "A" })).body;
  await h.scim("DELETE", `/Users/${first}`);
  const { id: user } = (await h.scim("POST", "/Users", { ...named, externalId: "B" })).body;
  await deployConstraints(h, { titled: held({ require: 'user.?title.orValue("") != "x"' }) });
  await h.admin("POST", "/owners/ann", { token: h.tokens.approver, body: { user } });
  const [{ id = "", name } = {}] = await waiting(h);
  const { fingerprint, present } = await shown(h, id);
  expect([name, present]).toMatchObject(["ann@example.com", { externalId: "B" }]);
  await h.scim("PUT", `/Users/${user}`, { ...named, externalId: "C", active: true });
  const word = { decision: "approve", reason: "as agreed" } as const;
  const carol = localAs(h, "carol");
  const refused = await carol.decideHold(id, { ...word, fingerprint });
  expect(refused).toMatchObject({ ok: false, error: { status: 412 } });
  expect(letIn(h)).toEqual([]);
  const now = await shown(h, id);
  expect(now.present).toMatchObject({ externalId: "C" });
  expect(await carol.decideHold(id, { ...word, fingerprint: now.fingerprint })).toMatchObject({ ok: true });
});

test("the end of a release leaves what is held, and it is done when it is asked for again", async () => {
  const people = await staff(h, { engineering: ["ada", "bob"] });
  const digest = await deployConstraints(h, { protect: held({ protect: { users: ["bob"] } }) }, (draft) => {
    draft.settings.delivery.destroy = "allow";
  });
  const hold = holdId(await deactivate(h, people.get("bob")));
  expect((await h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } })).status).toBe(204);
  expect((await shown(h, hold)).state).toBe("pending");
  await h.restart();
  expect((await shown(h, hold)).state).toBe("pending");
  // while none is active, nothing keeps anybody in
  expect((await deactivate(h, people.get("bob"))).status).toBe(200);
  await h.deploy(await h.release());
  await eventually(
    () => shown(h, hold),
    ({ state }) => state === "released",
  );
  expect(letIn(h)).toEqual(["ada"]);
});
