/** What a constraint holds waits as a row, and is done or ended by an approver's word. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import {
  change,
  decide,
  deployConstraints,
  eventsIn,
  eventually,
  held,
  holdId,
  letIn,
  shown,
  waiting,
} from "./world.ts";

let h: Harness;
let now: number;
let people: Map<string, string>;
beforeEach(async () => {
  now = Date.parse("2030-01-01T00:00:00Z");
  h = await startHarness(["core/api"], {}, { clock: () => now });
  await deployConstraints(h, {});
  people = await staff(h, { engineering: ["ada", "bob", "eve", "joe", "kim"] });
});
afterEach(() => h.stop());

const mass = held({ limit: { deactivations: 1, per: "1h" } });
const fire = (name: string) => deactivate(h, people.get(name));

test("an operation that is held is a row, and its answer names it, the rule and its owner", async () => {
  await deployConstraints(h, { mass });
  expect((await fire("ada")).status).toBe(200);
  const reply = await fire("bob");
  expect(reply.status).toBe(409);
  const id = holdId(reply);
  expect(reply.body).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error", "urn:hgscim:scim:schemas:Held"],
    status: "409",
    detail: `held as ${id}, owner identity decides: constraint mass: 2 accounts would lose all access in 1h (at most 1, 0 always)`,
    "urn:hgscim:scim:schemas:Held": { id, rules: ["mass"], owner: "identity" },
  });
  expect(letIn(h)).toContain("bob");
  expect(await waiting(h)).toMatchObject([
    {
      ...{
        id,
        connector: "okta",
        operation: "user.update",
        target: people.get("bob"),
        name: "bob@example.com",
      },
      ...{ rules: ["mass"], owner: "identity", waits: "person", removal: true, attempts: 1 },
      ...{ since: now, expires: now + 7 * 86_400_000 },
    },
  ]);
  expect(await shown(h, id)).toMatchObject({
    state: "pending",
    request: { Operations: [{ op: "replace", path: "active", value: false }] },
    present: { userName: "bob@example.com", active: true },
  });
  expect((await h.admin("GET", "/audit?last=1")).body.rows[0]).toMatchObject({
    ...{ actor: "scim:okta", operation: "user.update", target: people.get("bob"), outcome: "held" },
    ...{ code: "held", rule: "mass", detail: reply.body.detail },
  });
});

test("a repeat is the same row, though time has emptied the window since", async () => {
  await deployConstraints(h, { mass });
  await fire("ada");
  const id = holdId(await fire("bob"));
  expect(holdId(await fire("bob"))).toBe(id);
  now += 2 * 3_600_000;
  expect(holdId(await fire("bob"))).toBe(id);
  expect(await waiting(h)).toMatchObject([{ id, attempts: 3 }]);
  // nor by another request that says the same
  const again = await h.scim(
    "PATCH",
    `/Users/${people.get("bob")}`,
    change({ op: "replace", value: { active: false } }),
  );
  expect(again.status).toBe(409);
  expect(letIn(h)).toContain("bob");
});

test("who approves has it done, with its own row in the audit and the hold in that of the write", async () => {
  await deployConstraints(h, { mass });
  await fire("ada");
  const id = holdId(await fire("bob"));
  expect(await decide(h, id, "approve")).toMatchObject({
    status: 200,
    body: { id, state: "approved", detail: `hold ${id} is approved, and done` },
  });
  expect(letIn(h)).not.toContain("bob");
  expect((await h.scim("GET", `/Users/${people.get("bob")}`)).body.active).toBe(false);
  expect((await h.admin("GET", "/audit?last=2")).body.rows).toMatchObject([
    {
      actor: "admin:approver",
      operation: "hold.approve",
      target: id,
      outcome: "done",
      detail: "approved, held by mass; as agreed",
    },
    {
      ...{ actor: "scim:okta", operation: "user.update", target: people.get("bob"), outcome: "done" },
      detail: `account bob loses all access: inactive; it was held as ${id}, and admin:approver approved it`,
    },
  ]);
  expect(await waiting(h)).toEqual([]);
  // a repeat finds it done
  expect((await fire("bob")).status).toBe(200);
  expect(await shown(h, id)).toMatchObject({
    state: "approved",
    endedBy: "admin:approver",
    reason: "as agreed",
  });
  expect((await decide(h, id, "discard")).body.error).toMatchObject({ code: "holdEnded" });
});

test("who discards it has nothing done, and the next request is a new one", async () => {
  await deployConstraints(h, { mass });
  await fire("ada");
  const id = holdId(await fire("bob"));
  expect((await decide(h, id, "discard")).body).toMatchObject({ state: "discarded" });
  expect(letIn(h)).toContain("bob");
  const again = holdId(await fire("bob"));
  expect(again).not.toBe(id);
});

test("only approvers decide, with a reason and the fingerprint of what they saw", async () => {
  await deployConstraints(h, { mass });
  await fire("ada");
  const id = holdId(await fire("bob"));
  expect((await decide(h, id, "approve", { token: h.tokens.deployer })).status).toBe(403);
  const { fingerprint } = await shown(h, id);
  for (const body of [
    { decision: "approve", fingerprint },
    { decision: "approve", fingerprint, reason: " " },
    { decision: "allow", fingerprint, reason: "x" },
  ])
    expect((await h.admin("POST", `/held/${id}`, { token: h.tokens.approver, body })).status).toBe(400);
  const nobody = await decide(h, "1f0c", "approve", { fingerprint });
  expect([nobody.status, nobody.body.error.code]).toEqual([404, "holdUnknown"]);
  // something else of the user changes meanwhile: that is not what was seen
  const put = await h.scim("PUT", `/Users/${people.get("bob")}`, {
    userName: "bob@example.com",
    title: "Dr",
  });
  expect(put.status).toBe(200);
  const stale = await decide(h, id, "approve", { fingerprint });
  expect([stale.status, stale.body.error.code]).toEqual([412, "holdChanged"]);
  expect(stale.body.error.message).toContain("the resource is of version 2; constraint mass: ");
  expect(letIn(h)).toContain("bob");
  expect((await decide(h, id, "approve")).status).toBe(200);
});

test("another constraint that rejects goes on to reject what is approved", async () => {
  const titled = held({ require: "has(user.title)" });
  await deployConstraints(h, { titled });
  const post = { userName: "new@example.com", nickName: "x" };
  const id = holdId(await h.scim("POST", "/Users", post));
  await deployConstraints(h, { titled, named: { require: "has(user.name)" } });
  // judged again by the release that came, it is ended
  expect(
    await eventually(
      () => shown(h, id),
      ({ state }) => state !== "pending",
    ),
  ).toMatchObject({
    ...{ state: "rejected", endedBy: "hgscim" },
    reason: expect.stringMatching(/^constraint named: /),
  });
  expect((await decide(h, id, "approve")).body.error.code).toBe("holdEnded");
  const second = holdId(
    await h.scim("POST", "/Users", { ...post, externalId: "1", name: { familyName: "Lee" } }),
  );
  await h.scim("POST", "/Users", {
    userName: "NEW@example.com",
    externalId: "2",
    name: { familyName: "Li" },
    title: "Dr",
  });
  const refused = await decide(h, second, "approve");
  expect([refused.status, refused.body.error.code]).toEqual([409, "uniqueness"]);
});

test("what is held has no password in it", async () => {
  await deployConstraints(h, { titled: held({ require: "has(user.title)" }) });
  const post = (password: string) =>
    h.scim("POST", "/Users", { userName: "new@example.com", Password: password });
  const id = holdId(await post("correct horse"));
  // and it is the same request with another one
  expect(holdId(await post("battery staple"))).toBe(id);
  await h.scim(
    "PATCH",
    `/Users/${people.get("ada")}`,
    change(
      { op: "add", path: "password", value: "correct horse" },
      { op: "add", value: { nickName: "x", password: "battery staple" } },
    ),
  );
  expect(JSON.stringify([await waiting(h), await shown(h, id), h.logs])).not.toMatch(/horse|staple/);
  const [, second] = await waiting(h);
  expect((await shown(h, second?.id ?? "")).request).toEqual(change({ op: "add", value: { nickName: "x" } }));
});

test("several are decided at once, each for itself", async () => {
  await deployConstraints(h, { mass });
  await fire("ada");
  for (const name of ["bob", "eve", "joe", "kim"]) await fire(name);
  const [bob, eve, joe, kim] = await waiting(h);
  const seen = [bob, eve].map((one) => ({ id: one?.id, fingerprint: one?.fingerprint }));
  const body = {
    ...{ decision: "approve", reason: "the team is gone" },
    holds: [...seen, { id: joe?.id, fingerprint: "0" }],
  };
  const { status, body: answer } = await h.admin("POST", "/held", { token: h.tokens.approver, body });
  expect(status).toBe(200);
  expect(answer.results).toMatchObject([
    { id: bob?.id, state: "approved" },
    { id: eve?.id, state: "approved" },
    { id: joe?.id, error: { code: "holdChanged" } },
  ]);
  expect(letIn(h)).toEqual(["joe", "kim"]);
  expect((await waiting(h)).map(({ id }) => id)).toEqual([joe?.id, kim?.id]);
});

test("a page of the list begins behind the one before", async () => {
  await deployConstraints(h, { mass });
  await fire("ada");
  for (const name of ["bob", "eve", "joe"]) await fire(name);
  const page = async (query: string) =>
    (await h.admin("GET", `/held?${query}`, { token: h.tokens.reader })).body;
  const first = await page("limit=2");
  expect([first.held.length, first.total]).toEqual([2, 3]);
  const second = await page(`limit=2&after=${first.next}`);
  expect([second.held[0].name, second.next]).toEqual(["joe@example.com", null]);
  expect((await page("rule=mass")).held.length).toBe(3);
  expect((await page("rule=other")).held).toEqual([]);
  expect((await page("connector=entra")).held).toEqual([]);
  expect((await page("limit=0")).error.code).toBe("invalidRequest");
  expect((await page("after=x")).error.code).toBe("invalidRequest");
  expect((await page("rule=mass&rule=other")).error.code).toBe("invalidRequest");
  expect((await page("connector=okta&connector=entra")).error.code).toBe("invalidRequest");
});

test("nobody decides about what is held of their own account", async () => {
  await h.stop();
  const tokens = { account: "bob" };
  h = await startHarness(["core/api"], {}, { clock: () => now });
  Object.assign(h.config.tokens.find(({ role }) => role === "approver") ?? {}, tokens);
  await h.restart();
  await deployConstraints(h, {});
  people = await staff(h, { engineering: ["ada", "bob", "eve"] });
  await deployConstraints(h, { mass });
  await fire("ada");
  const [bob, eve] = [holdId(await fire("bob")), holdId(await fire("eve"))];
  for (const decision of ["approve", "discard"] as const) {
    const reply = await decide(h, bob, decision);
    expect([reply.status, reply.body.error.code]).toEqual([409, "ownAccount"]);
  }
  expect((await decide(h, eve, "approve")).status).toBe(200);
  expect(letIn(h)).toEqual(["bob"]);
});

test("an event is raised when something is held, and none for its repeats", async () => {
  await deployConstraints(h, { mass });
  await fire("ada");
  const id = holdId(await fire("bob"));
  await fire("bob");
  let rows: unknown[] = [];
  await h.restart(() => {
    rows = eventsIn(h);
  });
  expect(rows).toMatchObject([
    {
      ...{ kind: "held", connector: "okta", rule: "mass", owner: "identity", at: now },
      summary: `a removal by connector okta is held by constraint mass, and identity decides: it waits as ${id}, and whom it is about keeps access meanwhile (see hgscim held show)`,
    },
  ]);
});
