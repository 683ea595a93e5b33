/** A flood is told at once, and then in one digest; and what alerts say besides: to whom, and whether by name. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
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

const deploy = async (...alerts: readonly object[]) =>
  h.deploy(await h.release(alerting(receiver, ...alerts)));
/** Waits until all events have become deliveries. */
const routed = () =>
  until(() => rowsOf(h, "SELECT 1 FROM outbox WHERE event = (SELECT max(sequence) FROM events)").length > 0);

test("a thousand events of a matter are one alert at once, and one digest at the end", async () => {
  await deploy({ on: ["held"] });
  const event = { kind: "held", connector: "okta", rule: "mass" };
  const flood = Array.from({ length: 1_000 }, (_, i) => ({
    ...event,
    subject: `${i}`,
    summary: `held ${i}`,
  }));
  happen(h, now, ...flood);
  await until(() => receiver.of("held").length > 0);
  await routed();
  expect(receiver.of("held").map(({ body }) => body.data)).toMatchObject([
    { count: 1, summary: "held 0", matter: "held/okta/mass" },
  ]);
  // memory and rows: a delivery, and a row that counts
  expect(rowsOf(h, "SELECT count FROM matters")).toEqual([{ count: 999 }]);
  expect(rowsOf(h, "SELECT count(*) AS n FROM deliveries WHERE matter LIKE 'held%'")).toEqual([{ n: 1 }]);
  now += 300_000;
  await until(() => receiver.of("held").length > 1);
  expect(receiver.of("held")[1]?.body).toMatchObject({
    data: { count: 999, since: "2026-11-23T10:00:00Z", summary: "held 999" },
    text: "hgscim local: held at okta: 999 times since 2026-11-23T10:00:00Z, last: held 999",
  });
  // what is quiet then is told at once again
  now += 300_000;
  await until(() => rowsOf(h, "SELECT 1 FROM matters").length === 0);
  happen(h, now, event);
  await until(() => receiver.of("held").length > 2);
  expect(receiver.of("held")[2]?.body.data.count).toBe(1);
});

test("what was gathered for a receiver that a release replaces is told to the one that comes in its place", async () => {
  const digest = await deploy({ on: ["held"] });
  const event = { kind: "held", connector: "okta", rule: "mass" };
  happen(h, now, event);
  await until(() => receiver.of("held").length > 0);
  happen(h, now, event, event);
  await routed();
  const replaced = await h.release((draft) => {
    alerting(receiver, { on: ["held"] })(draft);
    draft.variables.PAGER_WEBHOOK = draft.variables.ALERT_WEBHOOK;
    delete draft.variables.ALERT_WEBHOOK;
    for (const alert of draft.settings.alerts) alert.to.var = "PAGER_WEBHOOK";
  });
  await h.deploy(replaced, digest);
  now += 300_000;
  await until(() => receiver.of("held").length > 1);
  expect(receiver.of("held")[1]?.body.data).toMatchObject({ count: 2, matter: "held/okta/mass" });
  expect(rowsOf(h, "SELECT destination FROM matters WHERE matter LIKE 'held%'")).toEqual([
    { destination: "PAGER_WEBHOOK" },
  ]);
});

test("another rule is another matter, and so is a subject where there is no rule", async () => {
  await deploy({ on: ["held", "auth-failed"] });
  const held = { kind: "held", connector: "okta" };
  const auth = { kind: "auth-failed", connector: "okta" };
  happen(
    h,
    now,
    ...[held, { ...held, rule: "a" }, { ...held, rule: "b" }, { ...held, subject: "other" }],
    ...[auth, { ...auth, subject: "the issuer's keys" }],
  );
  await until(() => receiver.received.length === 5);
  await routed();
  expect(receiver.received.map(({ body }) => body.data.matter).sort()).toEqual([
    ...["auth-failed/okta/it", "auth-failed/okta/the issuer's keys"],
    ...["held/okta/", "held/okta/a", "held/okta/b"],
  ]);
});

test("coolDown says how long; what somebody does knowingly is told each time", async () => {
  await deploy({ on: ["held", "break-glass"], coolDown: "20s" });
  const glass = { kind: "break-glass", rule: "core" };
  happen(h, now, glass, glass, { kind: "held", rule: "a" }, { kind: "held", rule: "a" });
  await until(() => receiver.received.length === 3);
  now += 20_000;
  await until(() => receiver.received.length === 4);
  expect(receiver.received.map(({ body }) => `${body.type} ${body.data.count}`).sort()).toEqual([
    ...["hgscim.break-glass 1", "hgscim.break-glass 1", "hgscim.held 1", "hgscim.held 1"],
  ]);
});

test("people are named only where the alert says so", async () => {
  await deploy({ on: ["held"] }, { on: ["failed"], connectors: ["okta"], names: true });
  happen(
    h,
    now,
    { kind: "held", connector: "okta" },
    { kind: "failed", connector: "okta", owner: "identity" },
  );
  await until(() => receiver.received.length === 2);
  const [held] = receiver.of("held");
  const [failed] = receiver.of("failed");
  expect(held?.text).not.toContain("Ada");
  expect(failed?.body.data).toMatchObject({ detail: "it happened to Ada", subject: "it", owner: "identity" });
});

test("an event goes to whom it is for: by kind, by connector, and where it says so itself", async () => {
  await deploy({ on: ["held"], connectors: ["okta"] });
  happen(
    h,
    now,
    ...[{ kind: "held" }, { kind: "failed", connector: "okta" }],
    ...[
      { kind: "break-glass", destination: "ALERT_WEBHOOK" },
      { kind: "held", connector: "okta" },
    ],
  );
  await routed();
  await until(() => receiver.received.length === 2);
  expect(receiver.received.map(({ body }) => body.type).sort()).toEqual([
    "hgscim.break-glass",
    "hgscim.held",
  ]);
});

test("what has arrived is kept for a while, and what is old goes", async () => {
  await deploy({ on: ["held"], coolDown: "0s" });
  happen(h, now, { kind: "held" }, { kind: "held" });
  await until(() => rowsOf(h, "SELECT 1 FROM deliveries WHERE state = 'delivered'").length === 2);
  now += 8 * 86_400_000;
  await until(() => rowsOf(h, "SELECT 1 FROM deliveries").length === 0);
  expect(rowsOf(h, "SELECT 1 FROM events WHERE kind = 'held'").length).toBe(2);
  now += 30 * 86_400_000;
  await until(() => rowsOf(h, "SELECT 1 FROM events WHERE kind = 'held'").length === 0);
});
