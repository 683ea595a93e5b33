/** What comes after something is held: it waits, overtakes it, or is done beside it, and nothing that was taken away comes back. */
import { expect, test } from "vitest";
import { deactivate } from "../people.ts";
import {
  ended,
  fourEyes,
  group,
  h,
  id,
  membersOf,
  now,
  pass,
  patch,
  staffed,
  title,
  titled,
  user,
} from "./staffed.ts";
import {
  decide,
  deployConstraints,
  eventsIn,
  eventually,
  held,
  holdId,
  letIn,
  members,
  shown,
  waiting,
} from "./world.ts";

staffed();

test("a change waits behind what is held of its resource, and both are done in their order", async () => {
  await deployConstraints(h, { titled });
  const first = holdId(
    await patch(user("ada"), title("x"), { op: "replace", path: "nickName", value: "first" }),
  );
  const second = [title("y"), { op: "replace", path: "nickName", value: "second" }];
  const reply = await patch(user("ada"), ...second);
  expect(reply.status).toBe(409);
  const behind = holdId(reply);
  expect(reply.body.detail).toBe(
    `held as ${behind}: it waits for what is held of the same resource before it`,
  );
  expect(await waiting(h)).toMatchObject([
    { id: first, waits: "cause" },
    { id: behind, waits: "turn", rules: [], expires: null },
  ]);
  // what is asked for again, of the two, is each the same
  expect(holdId(await patch(user("ada"), ...second))).toBe(behind);
  expect((await shown(h, behind)).before).toEqual([first]);
  expect((await decide(h, behind, "approve")).body.error).toMatchObject({ code: "holdBehind" });
  expect((await decide(h, first, "approve")).status).toBe(200);
  expect(await ended(behind)).toMatchObject({ state: "released", endedBy: "hgscim" });
  expect((await h.scim("GET", user("ada"))).body).toMatchObject({ title: "y", nickName: "second" });
});

test("what waited behind what is discarded is done then", async () => {
  await deployConstraints(h, { titled });
  const first = holdId(await patch(user("ada"), title("x")));
  const second = holdId(await patch(user("ada"), { op: "replace", path: "nickName", value: "ad" }));
  await decide(h, first, "discard");
  expect((await ended(second)).state).toBe("released");
  const { title: none, nickName } = (await h.scim("GET", user("ada"))).body;
  expect([none, nickName]).toEqual([undefined, "ad"]);
});

test("a newer PUT takes the place of what is held once it is done or held, and not when it is refused", async () => {
  await deployConstraints(h, { titled });
  const first = holdId(await patch(user("ada"), title("x")));
  const put = (body: object) =>
    h.scim("PUT", user("ada"), { userName: "ada@example.com", active: true, ...body });
  expect((await put({ emails: 5 })).status).toBe(400);
  expect((await shown(h, first)).state).toBe("pending");
  const second = holdId(await put({ title: "x", nickName: "a" }));
  expect(await shown(h, first)).toMatchObject({ state: "superseded", reason: "user.update came after it" });
  expect((await put({ title: "y" })).status).toBe(200);
  expect((await shown(h, second)).state).toBe("superseded");
  expect(await waiting(h)).toEqual([]);
});

test("a leaver goes at once, whatever is held of them, and does not come back by it", async () => {
  await deployConstraints(h, { titled });
  const whole = { userName: "ada@example.com", active: true, title: "x" };
  const first = holdId(await h.scim("PUT", user("ada"), whole));
  expect((await deactivate(h, id("ada"))).status).toBe(200);
  expect(letIn(h)).not.toContain("ada");
  expect((await decide(h, first, "approve")).status).toBe(200);
  expect((await h.scim("GET", user("ada"))).body).toMatchObject({ title: "x", active: false });
  expect(letIn(h)).not.toContain("ada");
  // and is let in again by who says so after that
  expect((await patch(user("ada"), { op: "replace", path: "active", value: true }, title("y"))).status).toBe(
    200,
  );
  expect(letIn(h)).toContain("ada");
});

test("who is deleted goes at once, and nothing is left that waits for them", async () => {
  await deployConstraints(h, { titled });
  const first = holdId(await patch(user("ada"), title("x")));
  expect((await h.scim("DELETE", user("ada"))).status).toBe(204);
  expect((await shown(h, first)).state).toBe("superseded");
  expect(letIn(h)).not.toContain("ada");
});

test("who is taken out of a group while their joining is held does not come to be in it by that", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const path = group("core-team");
  const first = holdId(await patch(path, members("add", id("eve"), id("bob"))));
  expect((await patch(path, members("remove", id("bob")))).status).toBe(204);
  expect((await decide(h, first, "approve")).status).toBe(200);
  expect(await membersOf("core-team")).toEqual(["ada", "eve"]);
  // who joins after that is in it
  expect((await patch(path, members("add", id("bob")))).status).toBe(204);
  expect(await membersOf("core-team")).toEqual(["ada", "bob", "eve"]);
});

test("who was to join and was taken out since has not joined once it is discarded", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const path = group("core-team");
  const first = holdId(await patch(path, members("add", id("eve"), id("bob"))));
  expect((await patch(path, members("remove", id("bob")))).status).toBe(204);
  expect((await decide(h, first, "discard")).status).toBe(200);
  expect(await membersOf("core-team")).toEqual(["ada"]);
});

test("what joins again behind a removal does so in the end", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const path = group("core-team");
  const first = holdId(await patch(path, members("add", id("eve"), id("bob"))));
  await patch(path, members("remove", id("bob")));
  const again = holdId(await patch(path, members("add", id("bob"))));
  // the same as the first one, and yet asked for after the removal
  const once = holdId(await patch(path, members("add", id("eve"), id("bob"))));
  expect(new Set([first, again, once]).size).toBe(3);
  await decide(h, first, "approve");
  for (const hold of [again, once]) await ended(hold);
  expect(await membersOf("core-team")).toEqual(["ada", "bob", "eve"]);
});

test("what a request takes away is done, and what it adds beside is held", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const path = group("core-team");
  expect((await patch(path, members("remove", id("ada")), members("add", id("eve")))).status).toBe(204);
  expect(await membersOf("core-team")).toEqual([]);
  const [only] = await waiting(h);
  expect(only).toMatchObject({ rules: ["four-eyes"], removal: false, operation: "group.update" });
  expect((await h.admin("GET", "/audit?last=1")).body.rows[0]).toMatchObject({
    ...{ outcome: "done", code: "held", rule: "four-eyes" },
    detail: expect.stringContaining(`nothing else is done: held as ${only?.id}`),
  });
  await decide(h, only?.id ?? "", "approve");
  expect(await membersOf("core-team")).toEqual(["eve"]);
});

test("so with a change that waits its turn: its removals do not", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const path = group("core-team");
  const first = holdId(await patch(path, members("add", id("eve"))));
  expect((await patch(path, members("remove", id("ada")), members("add", id("bob")))).status).toBe(204);
  expect(await membersOf("core-team")).toEqual([]);
  const [, second] = await waiting(h);
  expect(second).toMatchObject({ waits: "turn" });
  await decide(h, first, "approve");
  await ended(second?.id ?? "");
  expect(await membersOf("core-team")).toEqual(["bob", "eve"]);
});

test("it is done by itself when its cause has gone", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const path = group("core-team");
  const first = holdId(await patch(path, members("add", id("eve"))));
  expect((await patch(group("docs-team"), members("remove", id("eve")))).status).toBe(204);
  expect(await ended(first)).toMatchObject({ state: "released", endedBy: "hgscim" });
  expect(await membersOf("core-team")).toEqual(["ada", "eve"]);
  expect((await h.admin("GET", "/audit?last=2")).body.rows).toMatchObject([
    { actor: "hgscim", operation: "hold.judge", target: first, outcome: "done" },
    {
      actor: "scim:okta",
      operation: "group.update",
      detail: expect.stringContaining(`it was held as ${first}`),
    },
  ]);
});

test.each([{ group: "okta/docs-team" }, { writersOf: "docs" }, { permissions: ["docs"] }])(
  "the last of %j goes when there is another one",
  async (kept) => {
    const last = held({ keep: { ...kept, atLeast: 1 } });
    await deployConstraints(h, { last });
    const hold = holdId(await deactivate(h, id("eve")));
    expect(letIn(h)).toContain("eve");
    expect(await waiting(h)).toMatchObject([{ id: hold, waits: "cause", removal: true }]);
    await patch(group("docs-team"), members("add", id("bob")));
    expect((await ended(hold)).state).toBe("released");
    expect(letIn(h)).not.toContain("eve");
  },
);

test("what is large is judged again at times, not at the write of each who is in it", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes, titled });
  const body = {
    displayName: "core-team",
    members: [{ value: id("ada") }, { value: id("eve") }],
    "urn:example:note": "x".repeat(300_000),
  };
  const large = holdId(await h.scim("PUT", group("core-team"), body));
  const small = holdId(await patch(user("bob"), title("x")));
  expect((await patch(user("eve"), title("y"))).status).toBe(200);
  expect((await patch(group("docs-team"), members("remove", id("eve")))).status).toBe(204);
  // both are to be judged by the release, the large one first
  await deployConstraints(h, { "four-eyes": fourEyes });
  expect((await ended(small)).state).toBe("released");
  expect((await shown(h, large)).state).toBe("pending");
  pass(10_000);
  expect((await patch(user("bob"), title("y"))).status).toBe(200);
  expect((await ended(large)).state).toBe("released");
  expect(await membersOf("core-team")).toEqual(["ada", "eve"]);
});

test("what waits for a person is done by no time and no other release, unless that has no such constraint", async () => {
  const mass = held({ limit: { deactivations: 1, per: "1h" } });
  await deployConstraints(h, { mass });
  await deactivate(h, id("ada"));
  const hold = holdId(await deactivate(h, id("bob")));
  pass(5 * 3_600_000);
  await deployConstraints(h, { mass, titled });
  await patch(user("bob"), { op: "replace", path: "nickName", value: "b" });
  await deactivate(h, id("bob"));
  expect((await shown(h, hold)).state).toBe("pending");
  expect(letIn(h)).toContain("bob");
  await deployConstraints(h, {});
  expect((await ended(hold)).state).toBe("released");
  expect(letIn(h)).not.toContain("bob");
});

test("a user who is replaced and not said to be active is not kept by that", async () => {
  const protect = held({ protect: { users: ["bob"] } });
  await deployConstraints(h, { protect });
  const hold = holdId(await deactivate(h, id("bob")));
  expect((await h.scim("PUT", user("bob"), { userName: "bob@example.com", title: "Dr" })).status).toBe(200);
  expect((await shown(h, hold)).state).toBe("pending");
  expect((await h.scim("PUT", user("bob"), { userName: "bob@example.com", active: true })).status).toBe(200);
  expect((await shown(h, hold)).state).toBe("superseded");
});

test("a POST is known again by its externalId, else its name", async () => {
  await deployConstraints(h, { titled: held({ require: "has(user.title)" }) });
  const post = (body: object) => h.scim("POST", "/Users", { userName: "new@example.com", ...body });
  const first = holdId(await post({ externalId: "1" }));
  expect(holdId(await post({ externalId: "1" }))).toBe(first);
  const second = holdId(await post({ externalId: "1", userName: "newer@example.com" }));
  expect((await shown(h, first)).state).toBe("superseded");
  await post({ externalId: "2", userName: "newer@example.com" });
  expect((await shown(h, second)).state).toBe("pending");
  await decide(h, second, "approve");
  // as for any second POST of what is there
  expect(await post({ externalId: "1", userName: "newer@example.com" })).toMatchObject({
    status: 409,
    body: { scimType: "uniqueness" },
  });
  expect(letIn(h)).toContain("newer");
  const create = holdId(await post({ externalId: "9" }));
  expect((await post({ externalId: "9", title: "Dr" })).status).toBe(201);
  expect((await shown(h, create)).state).toBe("superseded");
});

test("a removal that is held waits whole, and for as long as it takes; an addition lapses", async () => {
  const protect = held({ protect: { users: ["bob"] }, expires: "1h" });
  await deployConstraints(h, { protect, titled });
  const removal = holdId(await deactivate(h, id("bob")));
  const addition = holdId(await patch(user("ada"), title("x")));
  const behind = holdId(await patch(user("ada"), { op: "replace", path: "nickName", value: "ad" }));
  pass(3_600_000);
  // the time is looked at when the agent starts, and now and then
  await h.restart();
  await eventually(
    () => shown(h, removal),
    ({ expires }) => expires === now + 3_600_000,
  );
  expect((await shown(h, addition)).state).toBe("pending");
  pass(7 * 86_400_000);
  let events: unknown[] = [];
  await h.restart();
  expect(await ended(addition)).toMatchObject({ state: "expired", endedBy: "hgscim" });
  expect((await ended(behind)).state).toBe("released");
  expect((await shown(h, removal)).state).toBe("pending");
  expect(letIn(h)).toContain("bob");
  await h.restart(() => {
    events = eventsIn(h);
  });
  expect(events.map((event) => (event as { subject: string }).subject).sort()).toEqual([
    ...["held change titled", "held removal protect", "over change titled"],
    ...["over removal protect", "over removal protect"],
  ]);
});

test("who was deleted and stays is in no group by what was held before", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes }, (draft) => {
    draft.connectors.okta.deletions = "never";
  });
  const first = holdId(await patch(group("core-team"), members("add", id("eve"))));
  expect((await h.scim("DELETE", user("eve"))).status).toBe(204);
  await eventually(
    () => shown(h, first),
    ({ state }) => state !== "pending",
  );
  expect(await membersOf("core-team")).toEqual(["ada"]);
});

test("approving asks again where another constraint holds it besides", async () => {
  const nicked = held({ require: 'user.?nickName.orValue("") != "x"' });
  await deployConstraints(h, { titled });
  const first = holdId(await patch(user("ada"), title("x"), { op: "replace", path: "nickName", value: "x" }));
  const { fingerprint } = await shown(h, first);
  await deployConstraints(h, { titled, nicked });
  await eventually(
    () => shown(h, first),
    ({ rules }) => rules.length === 2,
  );
  expect((await decide(h, first, "approve", { fingerprint })).body.error).toMatchObject({
    code: "holdChanged",
    message: expect.stringContaining("constraint nicked"),
  });
  expect((await decide(h, first, "approve")).status).toBe(200);
});

test("what is held before an end of the agent is there after it, and no word counts twice", async () => {
  await deployConstraints(h, { titled });
  const first = holdId(await patch(user("ada"), title("x")));
  await h.restart();
  expect(holdId(await patch(user("ada"), title("x")))).toBe(first);
  const { fingerprint } = await shown(h, first);
  const replies = await Promise.all([1, 2, 3].map(() => decide(h, first, "approve", { fingerprint })));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  expect((await h.scim("GET", user("ada"))).body.meta.version).toBe('W/"2"');
});
