/** What is for a time decides about nothing that is held: a quarantine, a full disk, no release that has the connector. */
import { expect, test } from "vitest";
import { localAs } from "../break-glass/people.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { smallDisk } from "../small-disk.ts";
import {
  ended,
  fourEyes,
  group,
  h,
  id,
  membersOf,
  pass,
  patch,
  staffed,
  title,
  titled,
  user,
} from "./staffed.ts";
import { deployConstraints, eventually, held, holdId, letIn, members, shown, waiting } from "./world.ts";

staffed();
const hour = 3_600_000;
const mail = { values: { of: "userName", domains: ["example.com"] } };
const guarded = ({ connectors }: ReleaseShape) => {
  connectors.okta.quarantine = { failures: "50%", above: 3, first: "1h", max: "1h" };
};
const quarantine = async () => {
  // of what was written so far nothing counts
  pass(2 * hour);
  for (let n = 0; n < 4; n++)
    expect((await h.scim("POST", "/Users", { userName: `x${n}@evil.example` })).status).toBe(400);
  expect((await h.admin("GET", "/quarantines")).body.quarantines).toHaveLength(1);
};
const end = () =>
  h.admin("POST", "/quarantines/okta/end", { token: h.tokens.approver, body: { reason: "mended" } });
const stateOf = async (hold: string) => (await shown(h, hold)).state;
const keep = held({ keep: { group: "okta/engineering", atLeast: 2 } });

test("of a quarantined connector nothing that gives is done by itself until it is in order, also while it is tried", async () => {
  await deployConstraints(h, { mail, "four-eyes": fourEyes }, guarded);
  const hold = holdId(await patch(group("core-team"), members("add", id("eve"))));
  await quarantine();
  // the cause goes
  expect((await patch(group("docs-team"), members("remove", id("eve")))).status).toBe(204);
  await h.restart();
  expect([await stateOf(hold), await membersOf("core-team")]).toEqual(["pending", ["ada"]]);
  pass(hour);
  await h.restart();
  expect((await h.admin("GET", "/quarantines")).body.quarantines).toMatchObject([{ tried: true }]);
  expect([await stateOf(hold), await membersOf("core-team")]).toEqual(["pending", ["ada"]]);
  // ten good writes, and it is in order by itself
  for (let n = 0; n < 10; n++)
    expect((await h.scim("POST", "/Users", { userName: `y${n}@example.com` })).status).toBe(201);
  expect((await ended(hold)).state).toBe("released");
  expect(await membersOf("core-team")).toEqual(["ada", "eve"]);
});

test("what takes access away goes meanwhile, and the rest of it waits", async () => {
  const constraints = { mail, keep, titled };
  await deployConstraints(h, constraints, guarded);
  const ada = holdId(await deactivate(h, id("ada")));
  const put = { userName: "bob@example.com", active: false, title: "y" };
  const bob = holdId(await h.scim("PUT", user("bob"), put));
  const eve = holdId(await patch(user("eve"), title("x")));
  await quarantine();
  expect(letIn(h)).toEqual(["ada", "bob", "eve"]);
  await deployConstraints(h, { mail }, guarded);
  expect((await ended(ada)).state).toBe("released");
  await eventually(
    async () => letIn(h),
    (accounts) => accounts.length === 1,
  );
  await h.restart();
  expect(letIn(h)).toEqual(["eve"]);
  expect([await stateOf(bob), await stateOf(eve)]).toEqual(["pending", "pending"]);
  expect((await h.scim("GET", user("bob"))).body).not.toHaveProperty("title");
  expect((await end()).status).toBe(204);
  expect([(await ended(bob)).state, (await ended(eve)).state]).toEqual(["released", "released"]);
  expect((await h.scim("GET", user("bob"))).body).toMatchObject({ active: false, title: "y" });
  expect((await h.scim("GET", user("eve"))).body).toMatchObject({ title: "x" });
});

test("no release, and one without the connector, decide about no account and about nothing that a provider asked", async () => {
  const edit = (draft: ReleaseShape) => {
    draft.settings.delivery.destroy = "allow";
  };
  const post = (externalId: string, more: object = {}) =>
    h.scim("POST", "/Users", { userName: "ann@example.com", externalId, ...more });
  await h.scim("DELETE", `/Users/${(await post("A")).body.id}`);
  const second = (await post("B", { title: "x" })).body.id;
  const digest = await deployConstraints(h, { titled }, edit);
  const confirm = { token: h.tokens.approver, body: { user: second } };
  expect((await h.admin("POST", "/owners/ann", confirm)).body.error.code).toBe("held");
  const asked = holdId(await patch(user("bob"), title("x")));
  const [account = "", ...others] = (await waiting(h)).map(({ id }) => id);
  expect(others).toEqual([asked]);
  expect((await h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } })).status).toBe(204);
  await h.restart();
  expect([await stateOf(account), await stateOf(asked)]).toEqual(["pending", "pending"]);
  // an approver has no way around it either, and ends nothing by that
  const { fingerprint } = await shown(h, account);
  const word = { decision: "approve", reason: "as agreed", fingerprint } as const;
  expect(await localAs(h, "carol").decideHold(account, word)).toMatchObject({
    error: { message: expect.stringContaining("no release is active") },
  });
  expect(await stateOf(account)).toBe("pending");

  await deployConstraints(h, { titled }, (draft) => {
    edit(draft);
    const { okta, ...rest } = draft.connectors;
    draft.connectors = { ...rest, other: okta };
    draft.permissions = {};
  });
  await h.restart();
  expect([await stateOf(account), await stateOf(asked)]).toEqual(["pending", "pending"]);

  // one that has it and holds nothing by that lets both be done
  await deployConstraints(h, {}, edit);
  expect([(await ended(account)).state, (await ended(asked)).state]).toEqual(["released", "released"]);
  expect(letIn(h)).toContain("ann");
});

test.runIf(process.getuid?.() === 0)(
  "a full disk puts off what would be done by itself until there is room",
  async () => {
    const disk = smallDisk();
    const folder = `${disk.folder}/agent`;
    const files = { data: `${folder}/data`, access: `${folder}/access/access.db` };
    const small: Harness = await startHarness(["core/api"], files, { room: undefined });
    try {
      await deployConstraints(small, { "four-eyes": fourEyes });
      const people = await staff(small, { "core-team": ["ada"], "docs-team": ["eve"] });
      const { Resources } = (await small.scim("GET", "/Groups")).body;
      const path = (name: string) =>
        `/Groups/${Resources.find((one: { displayName: string }) => one.displayName === name).id}`;
      const of = (op: "add" | "remove") => ({ Operations: [members(op, people.get("eve") ?? "")] });
      const hold = holdId(await small.scim("PATCH", path("core-team"), of("add")));
      disk.fill();
      expect((await small.scim("PATCH", path("docs-team"), of("remove"))).status).toBe(204);
      await small.restart();
      expect((await shown(small, hold)).state).toBe("pending");
      disk.clear();
      await small.restart();
      expect(
        (
          await eventually(
            () => shown(small, hold),
            ({ state }) => state !== "pending",
          )
        ).state,
      ).toBe("released");
    } finally {
      await small.stop();
      disk.remove();
    }
  },
);
