/** What cannot be delivered is tried again, slower and slower, and at last given up where nothing falls out of. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { alerting, Receiver } from "./receiver.ts";
import { happen, rowsOf } from "./store.ts";
import { until } from "./until.ts";

let h: Harness;
let receiver: Receiver;
let other: Receiver;
let now: number;
beforeEach(async () => {
  now = Date.parse("2026-11-23T10:00:00Z");
  receiver = new Receiver();
  other = new Receiver();
  await receiver.start();
  await other.start();
  h = await startHarness(["core/api"], { egress: [receiver.host, other.host] }, { clock: () => now });
});
afterEach(async () => {
  await h.stop();
  await receiver.stop();
  await other.stop();
});

const retry = { attempts: 2, first: "10s", max: "15s" };

async function deployed(...alerts: readonly object[]): Promise<void> {
  await h.deploy(
    await h.release((draft) => {
      alerting(receiver, ...alerts)(draft);
      draft.connectors.okta.retry = retry;
    }),
  );
}

const deliveries = () => rowsOf(h, "SELECT * FROM deliveries ORDER BY sequence");
const attempted = (count: number) => until(() => deliveries().some(({ attempts }) => attempts === count));

test("a receiver that fails is asked again by the same id, and given up after the last attempt", async () => {
  await deployed({ on: ["held"] });
  receiver.answer = (response) => void response.writeHead(500).end("hunter2");
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await attempted(1);
  // between half and all of what is due
  now += 4_999;
  await sleep(1_500);
  expect(receiver.received.length).toBe(1);
  now += 5_001;
  await attempted(2);
  now += 15_000;
  await attempted(3);
  expect(deliveries()).toMatchObject([
    { state: "dead", attempts: 3, reason: "it answered 500", destination: "ALERT_WEBHOOK" },
  ]);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1);
  // each attempt has its own time, which receivers hold to their clocks
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(3);
  expect(h.logs.join("")).toContain("an alert is given up");
  expect(h.logs.join("")).not.toContain("hunter2");
  expect(h.logs.join("")).not.toContain("hook-of-nobody-else");
});

test("what a receiver asks for with Retry-After is kept, also by what else goes there", async () => {
  await deployed({ on: ["held", "failed"] });
  receiver.answer = (response) => void response.writeHead(429, { "retry-after": "100" }).end();
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await attempted(1);
  receiver.answer = undefined;
  happen(h, now, { kind: "failed", connector: "okta", rule: "other" });
  await until(() => deliveries().length === 2);
  now += 60_000;
  await sleep(1_500);
  expect(receiver.received.length).toBe(1);
  now += 40_000;
  await until(() => deliveries().every(({ state }) => state === "delivered"));
  expect(receiver.received.length).toBe(3);
});

test("who wants no more is asked no more", async () => {
  await deployed({ on: ["held"] });
  receiver.answer = (response) => void response.writeHead(410).end();
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await until(() => deliveries()[0]?.state === "dead");
  expect(receiver.received.length).toBe(1);
});

test("a redirect is not followed", async () => {
  await deployed({ on: ["held"] });
  receiver.answer = (response) => void response.writeHead(307, { location: other.url }).end();
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await attempted(1);
  expect(deliveries()[0]).toMatchObject({
    state: "waiting",
    reason: expect.stringContaining("redirects are not followed"),
  });
  expect(other.received).toEqual([]);
});

test("a restart goes on with what waits", async () => {
  await deployed({ on: ["held"] });
  await receiver.stop();
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await attempted(1);
  expect(deliveries()[0]).toMatchObject({ state: "waiting", reason: "nothing listens there" });
  await h.restart(() => receiver.start());
  now += 10_000;
  await until(() => deliveries()[0]?.state === "delivered");
  expect(receiver.received.length).toBe(1);
});

/** Has another variable in the place of the receiver's, whose server is `other`. */
async function replaced(digest: string, ...alerts: readonly object[]): Promise<string> {
  const next = await h.release((draft) => {
    alerting(other, ...alerts)(draft);
    draft.connectors.okta.retry = retry;
    draft.variables.PAGER_WEBHOOK = draft.variables.ALERT_WEBHOOK;
    delete draft.variables.ALERT_WEBHOOK;
    for (const alert of draft.settings.alerts) alert.to.var = "PAGER_WEBHOOK";
  });
  return h.deploy(next, digest);
}

test("what waits for a receiver that a release replaces goes to the one that comes in its place, and names nobody to it", async () => {
  await deployed({ on: ["held"], names: true });
  const { digest } = (await h.admin("GET", "/release")).body;
  receiver.answer = (response) => void response.writeHead(500).end();
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await attempted(1);
  await replaced(digest, { on: ["held"] });
  await until(() => other.of("held").length === 1);
  expect(other.of("held")[0]?.body).toMatchObject({
    text: "hgscim local: held at okta: it happened",
    data: { matter: "held/okta/mass", count: 1 },
  });
  expect(other.of("held")[0]?.text).not.toContain("Ada");
  await until(() => deliveries().every(({ state }) => state === "delivered"));
  expect(deliveries().map(({ destination }) => destination)).not.toContain("ALERT_WEBHOOK");
});

test("so what was given up, when somebody has it sent again; what nobody is told instead stays", async () => {
  await deployed({ on: ["held", "failed"] });
  const { digest } = (await h.admin("GET", "/release")).body;
  receiver.answer = (response) => void response.writeHead(410).end();
  const all = ["held", "failed"].map((kind) => ({ kind, connector: "okta", rule: "mass" }));
  happen(h, now, ...all);
  const dead = () => deliveries().filter(({ state }) => state === "dead");
  /** Waits for so many, while time goes by. */
  const given = (count: number) =>
    until(() => {
      now += 1_000;
      return dead().length === count;
    });
  await given(2);
  await replaced(digest, { on: ["held"] });
  const again = { token: h.tokens.approver, body: {} };
  expect((await h.admin("POST", "/alerts/retry", again)).status).toBe(200);
  await until(() => other.of("held").length === 1);
  await given(1);
  expect(dead()).toMatchObject([{ destination: "ALERT_WEBHOOK", matter: "failed/okta/mass" }]);
});

test("who was told of the same is not told again in the place of another one", async () => {
  const both = (draft: ReleaseShape) => {
    alerting(receiver, { on: ["held"] }, { on: ["held"], to: { var: "PAGER_WEBHOOK" } })(draft);
    process.env.SCIM_TEST_PAGER = other.url;
    draft.variables.PAGER_WEBHOOK = { type: "secret", secret: "pager" };
    draft.secrets.pager = { refs: ["ref+env://SCIM_TEST_PAGER"] };
    draft.connectors.okta.retry = retry;
  };
  const digest = await h.deploy(await h.release(both));
  receiver.answer = (response) => void response.writeHead(500).end();
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await attempted(1);
  await until(() => other.of("held").length === 1);
  const next = await h.release((draft) => {
    both(draft);
    draft.settings.alerts.shift();
    delete draft.variables.ALERT_WEBHOOK;
    delete draft.secrets["alert-webhook"];
  });
  await h.deploy(next, digest);
  await until(() => deliveries().every(({ state }) => state === "delivered"));
  expect(deliveries().map(({ destination }) => destination)).toEqual(["PAGER_WEBHOOK"]);
  expect(other.of("held").length).toBe(1);
});

test("a receiver that never answers is given up in time, and keeps no other waiting", async () => {
  process.env.SCIM_TEST_HANGING = other.url;
  await h.deploy(
    await h.release((draft) => {
      alerting(receiver, { on: ["held"] }, { on: ["held"], to: { var: "OTHER" } })(draft);
      draft.variables.OTHER = { type: "secret", secret: "other" };
      draft.secrets.other = { refs: ["ref+env://SCIM_TEST_HANGING"] };
    }),
  );
  // the head of an answer, byte by byte
  other.answer = (response) => {
    const { socket } = response;
    socket?.write("HTTP/1.1 200 OK\r\nX: ");
    const timer = setInterval(() => socket?.write("H"), 500);
    socket?.on("close", () => clearInterval(timer)).on("error", () => undefined);
  };
  happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  await until(() => receiver.received.length === 1);
  happen(h, now, { kind: "held", connector: "okta", rule: "other" });
  await until(() => receiver.received.length === 2);
  expect(other.received.length).toBe(1);
  await until(() => deliveries().some(({ reason }) => reason !== null));
  const [late] = deliveries().filter(({ destination }) => destination === "OTHER");
  expect(late?.reason).toBe("it did not answer within 10 s");
  delete process.env.SCIM_TEST_HANGING;
});

test("what happens while the stored release cannot be trusted waits for one that can", async () => {
  const release = await h.release(alerting(receiver, { on: ["held"] }));
  await h.deploy(release);
  await h.restart(() => {
    const database = new Database(join(h.config.data, "store.db"));
    database.exec("UPDATE releases SET release = '{}'; UPDATE release_copy SET release = '{}'");
    database.close();
    happen(h, now, { kind: "held", connector: "okta", rule: "mass" });
  });
  await sleep(1_500);
  expect(receiver.received).toEqual([]);
  await h.deploy(release);
  await until(() => receiver.of("held").length === 1);
});
