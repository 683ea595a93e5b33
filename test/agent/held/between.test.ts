/** Holds beside what else may happen to a connector, a resource or the agent: no removal is lost between two parts of it. */
import { createHash, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { constrained } from "../constraints/constrained.ts";
import { copiesOf } from "../copies.ts";
import type { Reply } from "../harness.ts";
import { deactivate } from "../people.ts";
import { send } from "../request.ts";
import { ended, fourEyes, group, h, id, membersOf, patch, staffed, title, titled, user } from "./staffed.ts";
import {
  change,
  decide,
  deployConstraints,
  eventually,
  held,
  holdId,
  letIn,
  members,
  waiting,
} from "./world.ts";

staffed();
const protect = held({ protect: { users: ["bob"] } });

test("who is taken out again behind what let them in again stays out", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const path = group("core-team");
  const [add, remove] = [members("add", id("eve"), id("bob")), members("remove", id("bob"))];
  const first = holdId(await patch(path, add));
  await patch(path, remove);
  const again = holdId(await patch(path, add));
  expect(again).not.toBe(first);
  expect((await patch(path, remove)).status).toBe(204);
  expect((await patch(path, remove)).status).toBe(204);
  await decide(h, first, "approve");
  await ended(again);
  expect(await membersOf("core-team")).toEqual(["ada", "eve"]);
});

test("so beside what is added, and no repeat is kept twice", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const path = group("core-team");
  const first = holdId(await patch(path, members("add", id("eve"))));
  const both = [members("remove", id("ada")), members("add", id("bob"))];
  await patch(path, ...both);
  const again = holdId(await patch(path, members("add", id("ada"))));
  for (let i = 0; i < 3; i++) await patch(path, ...both);
  expect((await waiting(h)).length).toBeLessThan(5);
  await decide(h, first, "approve");
  await ended(again);
  await eventually(
    () => waiting(h),
    (all) => all.length === 0,
  );
  expect(await membersOf("core-team")).toEqual(["bob", "eve"]);
});

test("a removal that is held while its connector is quarantined is done once it is approved", async () => {
  const mail = { values: { of: "userName", domains: ["example.com"] }, owner: "identity" };
  await deployConstraints(h, { protect, mail }, ({ connectors }) => {
    connectors.okta.quarantine = { failures: "1%", above: 1, first: "1h", max: "3h" };
  });
  for (let i = 0; i < 3; i++) await h.scim("POST", "/Users", { userName: `w${i}@evil.example` });
  expect((await h.admin("GET", "/quarantines")).body.quarantines).toHaveLength(1);
  const hold = holdId(await deactivate(h, id("bob")));
  const reply = await decide(h, hold, "approve");
  expect([reply.status, reply.body]).toMatchObject([200, {}]);
  expect(letIn(h)).not.toContain("bob");
});

test("a removal that is held does not wait for the version on whose condition it was asked for", async () => {
  await deployConstraints(h, { protect });
  const url = `${h.agent.scim}/scim/okta/v2${user("bob")}`;
  const {
    body: { meta },
  } = await h.scim("GET", user("bob"));
  const { text } = await send(url, {
    method: "PATCH",
    ca: h.ca,
    headers: {
      Authorization: `Bearer ${h.tokens.scim}`,
      "Content-Type": "application/scim+json",
      "If-Match": meta.version,
    },
    body: JSON.stringify(change({ op: "replace", path: "active", value: false })),
  });
  const hold = holdId({ body: JSON.parse(text) } as Reply);
  expect((await h.scim("PUT", user("bob"), { userName: "bob@example.com", title: "Dr" })).status).toBe(200);
  const reply = await decide(h, hold, "approve");
  expect([reply.status, reply.body]).toMatchObject([200, {}]);
  expect(letIn(h)).not.toContain("bob");
});

test("nobody lets themselves into a group by another name of theirs", async () => {
  const token = randomBytes(24).toString("base64url");
  h.config.tokens.push({
    name: "eve",
    role: "approver",
    sha256: createHash("sha256").update(token).digest("hex"),
    account: "eve",
  });
  await h.restart();
  await deployConstraints(h, {
    named: held({ require: 'user.userName != "eve@example.com"', on: ["member.add"] }),
  });
  await h.scim("DELETE", group("core-team"));
  const reply = await patch(group("docs-team"), { op: "replace", path: "displayName", value: "core-team" });
  expect(reply.status).toBe(409);
  const decided = await decide(h, holdId(reply), "approve", { token });
  expect(decided.body.error).toMatchObject({ code: "ownAccount" });
});

test("what is judged again is no write of the provider", async () => {
  await deployConstraints(h, { titled });
  for (const name of ["ada", "bob", "eve"]) await patch(user(name), title("x"));
  expect(await waiting(h)).toHaveLength(3);
  await deployConstraints(h, { titled: { require: 'user.?title.orValue("") != "x"' } }, ({ connectors }) => {
    connectors.okta.quarantine = { failures: "1%", above: 1, first: "1h", max: "3h" };
  });
  await eventually(
    () => waiting(h),
    (all) => all.length === 0,
  );
  expect((await h.admin("GET", "/quarantines")).body.quarantines).toEqual([]);
});

test("what is held in a copy of the store from before brings back nobody who has left since", async () => {
  const digest = await deployConstraints(h, { titled });
  await deactivate(h, id("bob"));
  const back = [{ op: "replace", path: "active", value: true }, title("x")];
  const hold = holdId(await patch(user("bob"), ...back));
  const copies = copiesOf(h);
  await h.restart(() => copies.backUp());
  expect((await deactivate(h, id("bob"))).status).toBe(200);
  await copies.restore();
  const release = await constrained(h, {});
  const body = { release, origin: {}, accept: { from: digest, lose: 0 } };
  const put = await h.admin("PUT", "/release", { body, headers: { "If-None-Match": "*" } });
  expect(put.status).toBe(200);
  expect(await ended(hold)).toMatchObject({ state: "superseded", endedBy: "agent" });
  expect(letIn(h)).toEqual(["ada", "eve"]);
  expect((await patch(user("bob"), ...back)).status).toBe(200);
  expect(letIn(h)).toEqual(["ada", "bob", "eve"]);
});

test.each([
  ["approve", "rejected"],
  ["discard", "released"],
] as const)(
  "a removal of a copy of the store from before only takes away, after %s: %s",
  async (word, state) => {
    const guarded = held({ protect: { groups: ["okta/docs-team"] } });
    const digest = await deployConstraints(h, { guarded });
    const change = [members("remove", id("eve")), members("add", id("bob"))];
    const hold = holdId(await patch(group("docs-team"), ...change));
    const copies = copiesOf(h);
    await h.restart(() => copies.backUp());
    // what was decided, and what the provider takes back, is not in the copy
    await decide(h, hold, word);
    await deployConstraints(h, {});
    await patch(group("docs-team"), members("remove", id("bob")));
    await copies.restore();
    const release = await constrained(h, {});
    const body = { release, origin: {}, accept: { from: digest, lose: 0 } };
    const put = await h.admin("PUT", "/release", { body, headers: { "If-None-Match": "*" } });
    expect(put.status).toBe(200);
    expect(await ended(hold)).toMatchObject({ state, endedBy: "hgscim" });
    expect(await membersOf("docs-team")).toEqual([]);
  },
);

test("who was taken out behind two changes that wait is not let in by the first of them", async () => {
  const nicked = held({ require: 'user.?nickName.orValue("") != "bad"' });
  await deployConstraints(h, { titled, nicked });
  const whole = { userName: "ada@example.com", active: true, title: "x" };
  const first = holdId(await h.scim("PUT", user("ada"), whole));
  const second = holdId(await patch(user("ada"), { op: "replace", path: "nickName", value: "bad" }));
  expect((await deactivate(h, id("ada"))).status).toBe(200);
  expect((await decide(h, first, "approve")).status).toBe(200);
  expect(letIn(h)).not.toContain("ada");
  await ended(second);
  expect((await h.scim("GET", user("ada"))).body).toMatchObject({ active: false, title: "x" });
  expect(letIn(h)).not.toContain("ada");
});

test("the last one of a group goes when an approver's word gives it another one", async () => {
  await deployConstraints(h, { last: held({ keep: { group: "okta/docs-team", atLeast: 1 } }) });
  const zed = await h.scim("POST", "/Users", { userName: "zed@example.com", externalId: "1", active: true });
  const { id: other } = zed.body;
  await patch(group("docs-team"), members("add", other));
  await patch(`/Users/${other}`, { op: "replace", path: "externalId", value: "2" });
  const hold = holdId(await deactivate(h, id("eve")));
  const body = { user: other };
  expect((await h.admin("POST", "/owners/zed", { token: h.tokens.approver, body })).status).toBe(204);
  expect((await ended(hold)).state).toBe("released");
  expect(letIn(h)).not.toContain("eve");
});

test("a removal is approved though something else of the same person waits before it", async () => {
  await deployConstraints(h, { titled, mass: held({ limit: { deactivations: 0, above: 0, per: "1h" } }) });
  const whole = (name: string) => ({ userName: `${name}@example.com`, active: true, title: "x" });
  const back = { op: "replace", path: "active", value: true };
  const holds = [];
  for (const name of ["ada", "bob"]) {
    const first = holdId(await h.scim("PUT", user(name), whole(name)));
    holds.push({ first, leaving: holdId(await deactivate(h, id(name))) });
  }
  const again = holdId(await patch(user("bob"), back));
  for (const { leaving } of holds) expect((await decide(h, leaving, "approve")).status).toBe(200);
  expect(letIn(h)).toEqual(["eve"]);
  expect((await decide(h, again, "approve")).body.error).toMatchObject({ code: "holdBehind" });
  await h.restart();
  for (const { first } of holds) expect((await decide(h, first, "approve")).status).toBe(200);
  // who said last that they are back is let in by that, and by nothing before it
  const isItsTurn = async () => (await waiting(h)).find((hold) => hold.id === again)?.waits === "cause";
  await eventually(isItsTurn, (found) => found);
  expect(letIn(h)).toEqual(["eve"]);
  expect((await decide(h, again, "approve")).status).toBe(200);
  expect(letIn(h)).toEqual(["bob", "eve"]);
  expect((await h.scim("GET", user("ada"))).body).toMatchObject({ active: false, title: "x" });
});

test("a removal whose cause has gone waits for no turn, and does not come back by what waits before it", async () => {
  const last = held({ keep: { writersOf: "docs", atLeast: 1 } });
  await deployConstraints(h, { "four-eyes": fourEyes, last });
  const path = group("docs-team");
  const first = holdId(await patch(path, members("add", id("ada"), id("eve"))));
  const leaving = holdId(await patch(path, members("remove", id("eve"))));
  await deployConstraints(h, { "four-eyes": fourEyes });
  expect(await ended(leaving)).toMatchObject({ state: "released", endedBy: "hgscim" });
  expect(await membersOf("docs-team")).toEqual([]);
  expect((await decide(h, first, "approve")).status).toBe(200);
  expect(await membersOf("docs-team")).toEqual(["ada"]);
});

test("a removal that is held itself is not done by the approval of what waits before it", async () => {
  const guarded = held({ protect: { groups: ["okta/docs-team"] } });
  const mass = held({ limit: { deactivations: 0, above: 0, per: "1h" } });
  await deployConstraints(h, { "four-eyes": fourEyes, titled, guarded, mass });
  const path = group("docs-team");
  const joining = holdId(await patch(path, members("add", id("ada"))));
  const leaving = holdId(await patch(path, members("remove", id("eve"))));
  const called = holdId(await patch(user("bob"), title("x")));
  const shut = holdId(await deactivate(h, id("bob")));
  for (const hold of [joining, called]) expect((await decide(h, hold, "approve")).status).toBe(200);
  expect(await membersOf("docs-team")).toEqual(["ada", "eve"]);
  expect(letIn(h)).toContain("bob");
  expect((await waiting(h)).map((hold) => hold.id)).toEqual([leaving, shut]);
  for (const hold of [leaving, shut]) expect((await decide(h, hold, "approve")).status).toBe(200);
  expect(await membersOf("docs-team")).toEqual(["ada"]);
  expect(letIn(h)).not.toContain("bob");
});
