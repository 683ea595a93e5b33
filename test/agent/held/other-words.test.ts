/** What a limit holds of removals is done by no other words of the same, whatever room the limit has by then. */
import { beforeEach, expect, test } from "vitest";
import { ended, group, h, id, membersOf, pass, patch, staffed, user } from "./staffed.ts";
import { decide, deployConstraints, held, holdId, members, shown } from "./world.ts";

staffed();

const few = held({ limit: { removals: 3, per: "1h" } });
const everybody = () => [id("ada"), id("bob"), id("eve")];
let hold: string;

/** Takes away as much as the limit lets through. */
async function useUp(): Promise<void> {
  await patch(group("engineering"), members("add", ...everybody()));
  expect((await patch(group("engineering"), members("remove", ...everybody()))).status).toBe(204);
}

/** One membership more is held; then the window is empty again. */
beforeEach(async () => {
  await patch(group("core-team"), members("add", id("bob"), id("eve")));
  await deployConstraints(h, { few });
  await useUp();
  hold = holdId(await patch(group("core-team"), members("remove", id("bob"))));
  pass(2 * 3_600_000);
});

const put = (displayName: string, ...names: string[]) =>
  h.scim("PUT", group("core-team"), {
    displayName,
    members: names.map((name) => ({ value: id(name) })),
  });

const words = {
  "a filter in the path": () =>
    patch(group("core-team"), { op: "remove", path: `members[value eq "${id("bob")}"]` }),
  "a value without an array": () =>
    patch(group("core-team"), { op: "remove", path: "members", value: { value: id("bob") } }),
  "all members in a PATCH": () => patch(group("core-team"), members("replace", id("ada"), id("eve"))),
  "a PUT": () => put("core-team", "ada", "eve"),
  "the end of the group": () => h.scim("DELETE", group("core-team")),
  "another name of the group": () => put("of old", "ada", "bob", "eve"),
  "the end of the user": () => h.scim("DELETE", user("bob")),
  "a deactivation": () => patch(user("bob"), { op: "replace", path: "active", value: false }),
};

test.each(Object.entries(words))("%s", async (_, say) => {
  const reply = await say();
  expect(reply.status).toBe(409);
  expect(reply.body["urn:hgscim:scim:schemas:Held"].rules).toEqual(["few"]);
  expect(await membersOf("core-team")).toEqual(["ada", "bob", "eve"]);
});

test("so after a restart, and another release in between", async () => {
  await deployConstraints(h, { few, more: held({ protect: { users: ["nobody"] } }) });
  await h.restart();
  expect((await words["a filter in the path"]()).status).toBe(409);
  expect((await shown(h, hold)).state).toBe("pending");
});

test("whoever else leaves the group leaves it, and so does who was held once that is decided", async () => {
  expect((await patch(group("core-team"), members("remove", id("eve")))).status).toBe(204);
  pass(2 * 3_600_000);
  await decide(h, hold, "discard");
  expect((await ended(hold)).state).toBe("discarded");
  expect((await words["a filter in the path"]()).status).toBe(204);
  expect(await membersOf("core-team")).toEqual(["ada"]);
});

test("all whom one request would take out wait, though no limit counted them", async () => {
  await useUp();
  const both = holdId(await patch(group("core-team"), members("remove", id("ada"), id("eve"))));
  pass(2 * 3_600_000);
  expect((await patch(group("core-team"), members("remove", id("eve")))).status).toBe(409);
  await decide(h, both, "approve");
  expect(await membersOf("core-team")).toEqual(["bob"]);
});

test("the membership of who was to leave altogether is taken away by no other request", async () => {
  await decide(h, hold, "discard");
  await deployConstraints(h, { few: held({ limit: { deactivations: 1, per: "1h" } }) });
  await patch(user("ada"), { op: "replace", path: "active", value: false });
  const leaver = holdId(await patch(user("eve"), { op: "replace", path: "active", value: false }));
  pass(2 * 3_600_000);
  expect((await h.scim("DELETE", user("eve"))).status).toBe(409);
  // it is no deactivation, and the limit is on no membership
  expect((await patch(group("core-team"), members("remove", id("eve")))).status).toBe(204);
  expect((await shown(h, leaver)).state).toBe("superseded");
});
