/** Why something waits is another reason by and by: whoever decides is shown that one, and it waits for whom that is about. */
import { expect, test } from "vitest";
import { deactivate } from "../people.ts";
import { ended, fourEyes, group, h, id, membersOf, pass, patch, staffed } from "./staffed.ts";
import { decide, deployConstraints, eventually, held, holdId, letIn, members, shown } from "./world.ts";

staffed();

test("whom the same constraint names by now is asked about again", async () => {
  await deployConstraints(h, { "four-eyes": fourEyes });
  const hold = holdId(await patch(group("core-team"), members("add", id("eve"), id("bob"))));
  const { fingerprint, reasons, expires } = await shown(h, hold);
  expect(reasons).toEqual(["eve would be in okta/core-team and okta/docs-team"]);
  pass(60_000);
  await patch(group("docs-team"), members("add", id("bob")));
  await patch(group("docs-team"), members("remove", id("eve")));
  const now = await eventually(
    () => shown(h, hold),
    (found) => found.reasons[0] !== reasons[0],
  );
  expect(now.reasons).toEqual(["bob would be in okta/core-team and okta/docs-team"]);
  expect(now.expires).toBe(expires);
  const reply = await decide(h, hold, "approve", { fingerprint });
  expect(reply.body.error).toMatchObject({ code: "holdChanged", message: expect.stringContaining("bob") });
  expect(await membersOf("core-team")).toEqual(["ada"]);
  expect((await decide(h, hold, "approve")).status).toBe(200);
});

test("a removal waits for the group that its constraint keeps by another release", async () => {
  const last = (name: string) => ({ last: held({ keep: { group: `okta/${name}`, atLeast: 1 } }) });
  await deployConstraints(h, last("docs-team"));
  const hold = holdId(await deactivate(h, id("eve")));
  await patch(group("engineering"), members("replace", id("eve")));
  await deployConstraints(h, last("engineering"));
  await eventually(
    () => shown(h, hold),
    ({ reasons }) => reasons.join().includes("engineering"),
  );
  await patch(group("engineering"), members("add", id("bob")));
  expect((await ended(hold)).state).toBe("released");
  expect(letIn(h)).not.toContain("eve");
});

test("what a release makes a limit of waits for a person from then on", async () => {
  await deployConstraints(h, { guard: held({ keep: { group: "okta/docs-team", atLeast: 1 } }) });
  const hold = holdId(await deactivate(h, id("eve")));
  expect(await shown(h, hold)).toMatchObject({ waits: "cause", rules: ["guard"] });
  await deployConstraints(h, { guard: held({ limit: { deactivations: 0, above: 0, per: "1h" } }) });
  await eventually(
    () => shown(h, hold),
    ({ waits }) => waits === "person",
  );
  expect(await shown(h, hold)).toMatchObject({ state: "pending", rules: ["guard"], removal: true });
});
