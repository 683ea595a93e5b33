/** What real causes make of matters: each code is one, and a digest of holds says how many of them are removals. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { deployConstraints, held, holdId } from "../held/world.ts";
import { deactivate, staff } from "../people.ts";
import { alerting, Receiver } from "./receiver.ts";
import { happen, rowsOf } from "./store.ts";
import { until } from "./until.ts";

let h: Harness;
let receiver: Receiver;
let now: number;
beforeEach(async () => {
  now = Date.parse("2026-11-23T10:00:00Z");
  receiver = new Receiver();
  await receiver.start();
  h = await startHarness(["core/api"], { egress: [receiver.host] }, { clock: () => now });
});
afterEach(async () => {
  await h.stop();
  await receiver.stop();
});

const deploy = (kind: string, constraints: object, edit: (draft: ReleaseShape) => void = () => {}) =>
  deployConstraints(h, constraints, (draft) => {
    alerting(receiver, { on: [kind] })(draft);
    edit(draft);
  });
const routed = () =>
  until(() => rowsOf(h, "SELECT 1 FROM outbox WHERE event = (SELECT max(sequence) FROM events)").length > 0);
const join = (userName: string) => h.scim("POST", "/Users", { userName, active: true });

test("each code is told by its name, once a cool-down, and what is ignored is one matter", async () => {
  await deploy("failed", {});
  await join("ada@example.com");
  const replies = [
    await join("ADA@example.com"),
    await join("ada@elsewhere.example"),
    await join("@example.com"),
  ];
  expect(replies.map(({ status }) => status)).toEqual([409, 409, 400]);
  for (const name of ["shoeSize", "hatSize", "ringSize"])
    await h.scim("POST", "/Users", { userName: `${name}@example.com`, [name]: 1 });
  await until(() => receiver.received.length === 4);
  await routed();
  expect(
    receiver
      .of("failed")
      .map(({ body: { data } }) => [data.matter, data.rule])
      .sort(),
  ).toEqual([
    ["failed/okta/", undefined],
    ["failed/okta/accountTaken", "accountTaken"],
    ["failed/okta/mappingFailed", "mappingFailed"],
    ["failed/okta/uniqueness", "uniqueness"],
  ]);
  for (const code of ["accountTaken", "mappingFailed", "uniqueness"])
    expect(receiver.of("failed").map(({ body }) => body.text)).toContainEqual(
      expect.stringContaining(`code ${code} refuses a write of a user by connector okta`),
    );
});

test("a digest of holds says how many of them are removals, whatever came last", async () => {
  await deployConstraints(h, {});
  const people = await staff(h, { "core-team": ["ada", "bob", "eve", "joe"] });
  now += 61 * 60_000;
  await deploy("held", { mass: held({ limit: { accessChanges: 2, per: "1h" } }) });
  await deactivate(h, people.get("ada"));
  await deactivate(h, people.get("bob"));
  for (const one of ["eve", "joe"]) holdId(await deactivate(h, people.get(one)));
  holdId(await join("zoe@example.com"));
  await until(() => receiver.of("held").length === 1);
  await routed();
  now += 300_000;
  await until(() => receiver.of("held").length === 2);
  const { text, data } = receiver.of("held")[1]?.body ?? {};
  expect([data.count, data.removals, data.rule]).toEqual([2, 1, "mass"]);
  expect(data.summary).toMatch(/^an addition or change /);
  expect(text).toMatch(
    /: 2 times since \S+, 1 of them held as a removal by mass, last: an addition or change /,
  );

  // what an earlier version wrote does not say it; nothing is made out of that
  const event = { kind: "held", connector: "okta", rule: "mass" };
  happen(h, now, { ...event, subject: "held mass" }, { ...event, subject: "held removal mass" }, event);
  await routed();
  now += 300_000;
  await until(() => receiver.of("held").length === 3);
  expect(receiver.of("held")[2]?.body.text).toContain("3 times");
  expect(receiver.of("held")[2]?.body.text).toContain(
    ", at least 1 of them held as a removal by mass, last:",
  );
});
