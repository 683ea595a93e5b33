/** What happens beside operations and somebody is told of: each kind, from its cause to a receiver. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { selfSignedCertificate } from "../../../x509/self-signed.ts";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { alerting, Receiver } from "./receiver.ts";
import { rowsOf } from "./store.ts";
import { until } from "./until.ts";

const day = 86_400_000;
const begun = Date.parse("2026-11-23T10:00:00Z");

let h: Harness;
let receiver: Receiver;
let now: number;
let uptime: number;
beforeEach(async () => {
  now = begun;
  uptime = 0;
  receiver = new Receiver();
  await receiver.start();
  const surroundings = { clock: () => now, uptime: () => uptime };
  h = await startHarness(["core/api"], { egress: [receiver.host] }, surroundings);
});
afterEach(async () => {
  await h.stop();
  await receiver.stop();
});

const later = (span: number) => {
  now += span;
  uptime += span;
};
const deploy = async (kind: string, edit: (draft: ReleaseShape) => void = () => {}) =>
  h.deploy(
    await h.release((draft) => {
      alerting(receiver, { on: [kind] }, { on: ["failed"], connectors: ["okta"] })(draft);
      edit(draft);
    }),
  );
/** What is told of a kind, once there is so much of it. */
async function told(kind: string, count = 1) {
  await until(() => receiver.of(kind).length >= count);
  return receiver.of(kind).map(({ body }) => body.data);
}

test("auth-failed: guesses are told once in a while, however many they are, with the connector's owner", async () => {
  await deploy("auth-failed", (draft) => {
    draft.connectors.okta.owner = "identity";
    draft.settings.alerts[0].coolDown = "1s";
  });
  for (let i = 0; i < 30; i++)
    expect((await h.scim("GET", "/Users", undefined, `guess-${i}`)).status).toBeGreaterThan(400);
  const all = await told("auth-failed", 2);
  expect(all.map(({ matter }) => matter).sort()).toEqual([
    "auth-failed/okta/invalid",
    "auth-failed/okta/lockedOut",
  ]);
  expect(all[0]).not.toHaveProperty("detail");
  for (const { body } of receiver.of("auth-failed")) {
    expect(body.data.owner).toBe("identity");
    expect(body.text).toMatch(/ \(owner: identity\)$/);
  }
  expect(rowsOf(h, "SELECT 1 FROM events WHERE kind = 'auth-failed'").length).toBe(2);
  later(60_000);
  await h.scim("GET", "/Users", undefined, "guess-again");
  const [, , again] = await told("auth-failed", 3);
  expect(again.summary).toMatch(
    /^connector okta: a token came that is not valid, and \d+ more since the last alert$/,
  );
  expect(JSON.stringify(receiver.received)).not.toContain("guess");
});

test("token-expires: at 14, 7, 3 and 1 days and at the end, each once, also over a restart", async () => {
  await deploy("token-expires", (draft) => {
    draft.secrets["okta-token"].lifetime = "60d";
  });
  later(46 * day + 1);
  const [first] = await told("token-expires");
  expect(first.summary).toBe(
    "a bearer token of connector okta ends in 14 d (2027-01-22T10:00:00Z): replace it before",
  );
  await h.restart();
  later(7 * day);
  await told("token-expires", 2);
  later(7 * day);
  const all = await told("token-expires", 3);
  expect(all[2].summary).toBe(
    "a bearer token of connector okta has ended (2027-01-22T10:00:00Z): replace it",
  );
  expect(rowsOf(h, "SELECT 1 FROM events WHERE kind = 'token-expires'").length).toBe(3);
});

test("clock: a clock in doubt is told", async () => {
  await deploy("clock");
  now += 30 * day;
  const [{ summary }] = await told("clock");
  expect(summary).toContain("the clock is in doubt");
});

test("clock: a receiver that holds timestamps to its own clock takes it, whichever of the two clocks is right", async () => {
  await deploy("clock", (draft) => {
    draft.settings.alerts[0].coolDown = "1s";
  });
  let right = begun;
  receiver.answer = (response) => {
    const stamp = Number(receiver.received.at(-1)?.headers["webhook-timestamp"]) * 1_000;
    response.writeHead(Math.abs(stamp - right) > 300_000 ? 401 : 204).end();
  };
  const delivered = () => rowsOf(h, "SELECT state, attempts FROM deliveries ORDER BY sequence");
  // the system's clock jumped, and the agent's time is right
  now += 30 * day;
  await until(() => delivered()[0]?.state === "delivered");
  now -= 30 * day;
  expect((await h.admin("GET", "/agent")).body.clock.inDoubt).toBe(false);
  later(60_000);
  // the host was off for a month, and the system's is right
  await h.restart(() => {
    now += 30 * day;
    right = now;
  });
  await until(() => delivered()[1]?.state === "delivered");
  expect(delivered()).toEqual([
    { state: "delivered", attempts: 1 },
    { state: "delivered", attempts: 1 },
  ]);
});

test("cycle-late: a provider that went quiet is told once, until it is heard again", async () => {
  await deploy("cycle-late", (draft) => {
    draft.connectors.okta.cycle = { every: "40m", jitter: "5m" };
  });
  await h.scim("GET", "/Users");
  later(45 * 60_000);
  await h.scim("GET", "/Users");
  later(45 * 60_000);
  expect(receiver.of("cycle-late")).toEqual([]);
  later(1_000);
  const [{ connector, summary }] = await told("cycle-late");
  expect(connector).toBe("okta");
  expect(summary).toContain("connector okta was not heard for 45 min");
  later(300_000);
  await until(() => rowsOf(h, "SELECT 1 FROM matters").length === 0);
  await h.scim("GET", "/Users");
  later(46 * 60_000);
  await told("cycle-late", 2);
});

test("bounds: a release that goes beyond them is told, and by name only where that is meant", async () => {
  const digest = await deploy("bounds", (draft) => {
    draft.settings.bounds = { lose: "0%", protected: [] };
    draft.settings.alerts.push({
      ...draft.settings.alerts[0],
      on: ["failed", "bounds"],
      connectors: undefined,
    });
    draft.settings.alerts.splice(1);
  });
  const user = await h.scim("POST", "/Users", { userName: "ann@example.com", externalId: "1", active: true });
  expect(user.status).toBe(201);
  const group = await h.scim("POST", "/Groups", {
    displayName: "core-team",
    members: [{ value: user.body.id }],
  });
  expect(group.status).toBe(201);
  const release = (await h.release(alerting(receiver, { on: ["bounds"] }))) as ReleaseShape;
  release.settings.bounds = { lose: "0%", protected: [] };
  release.permissions = {};
  const refused = await h.admin("PUT", "/release", {
    body: { release, origin: {} },
    headers: { "If-Match": `"${digest}"` },
  });
  expect(refused.body.error.code).toBe("beyondBounds");
  const [data] = await told("bounds");
  expect(data).toMatchObject({ rule: "bounds.lose" });
  // by which whoever is called knows which one it was, and finds who brought it
  const accepted = await h.admin("PUT", "/release", {
    body: { release, origin: {}, accept: { from: digest, lose: 1 } },
    headers: { "If-Match": `"${digest}"` },
  });
  expect(data.summary).toMatch(
    new RegExp(`^release ${accepted.body.digest} is refused: it goes beyond bounds.lose `),
  );
  expect(JSON.stringify(receiver.received)).not.toContain("ann");
});

test("deployed: the end of a release is told by the alerts that it had", async () => {
  const digest = await deploy("deployed", (draft) => {
    draft.settings.delivery.destroy = "allow";
  });
  await told("deployed");
  expect((await h.admin("DELETE", "/release", { headers: { "If-Match": `"${digest}"` } })).status).toBe(204);
  const [, ended] = await told("deployed", 2);
  expect(ended.summary).toBe(`release ${digest} is ended: nobody has access`);
});

test("token-expires: a certificate of the host that ends", async () => {
  const folder = join(h.folder, "pair");
  mkdirSync(folder);
  const [certificate, key] = [join(folder, "c.pem"), join(folder, "k.pem")];
  const pair = selfSignedCertificate({ hosts: ["127.0.0.1"], lifetime: 5 * day, now });
  writeFileSync(certificate, pair.pem);
  writeFileSync(key, pair.key);
  await deploy("token-expires");
  await h.restart(() => {
    Object.assign(h.config, { admin: { listen: "127.0.0.1:0", tls: { certificate, key } } });
  });
  const [data] = await told("token-expires");
  expect(data.summary).toMatch(/^the certificate .*c\.pem ends in 5 d /);
});

test("auth-failed: a secret that cannot be had is looked for slower and slower, and after some attempts somebody is told", async () => {
  await deploy("auth-failed");
  const [variable = ""] = Object.entries(process.env).find(([, value]) => value === h.tokens.scim) ?? [];
  await h.restart(() => void delete process.env[variable]);
  const [data] = await told("auth-failed");
  expect(data.summary).toBe(
    "connector okta: a token cannot be had on the agent's host (looked for 4 times), and until it can only access is taken away: put the secret where the reference points",
  );
  process.env[variable] = h.tokens.scim;
  await until(async () => (await h.scim("GET", "/Users")).status === 200);
});
