/** A connector whose writes fail too often, over HTTP: it only takes access away until it is in order. */
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { constrained } from "../constraints/constrained.ts";
import { type Harness, type Reply, startHarness } from "../harness.ts";
import { staff } from "../people.ts";

const start = Date.UTC(2026, 0, 5, 10);
const minute = 60_000;
const hour = 60 * minute;
let now: number;
let h: Harness;
let people: Map<string, string>;
let digest: string;
beforeEach(async () => {
  now = start;
  h = await startHarness(["core/api", "docs"], {}, { clock: () => now });
  digest = await h.deploy(await release());
  people = await staff(h, { "core-team": ["ann", "bob"], engineering: ["ann", "bob", "cai"] });
  // of what was written so far nothing counts
  now += 61 * minute;
});
afterEach(() => h.stop());

const mail = { values: { of: "userName", domains: ["example.com"] }, owner: "identity" };
const release = (quarantine: object | undefined = { failures: "50%", above: 3, first: "1h", max: "3h" }) =>
  constrained(h, { mail }, ({ connectors }) => {
    if (quarantine) connectors.okta.quarantine = quarantine;
  });
let next = 0;
const good = () => h.scim("POST", "/Users", { userName: `good-${next++}@example.com` });
const wrong = () => h.scim("POST", "/Users", { userName: `wrong-${next++}@evil.example` });
const times = async (count: number, write: () => Promise<Reply>) => {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push((await write()).status);
  return [...new Set(all)];
};
const quarantines = async () =>
  (await h.admin("GET", "/quarantines", { token: h.tokens.reader })).body.quarantines;
const audit = async () => (await h.admin("GET", "/audit?last=1")).body.rows[0];
const eventsOf = () => {
  const database = new Database(`${h.config.data}/store.db`, { readonly: true });
  const events = database
    .prepare("SELECT connector, summary FROM events WHERE kind = 'quarantined' ORDER BY sequence")
    .all() as { readonly connector: string; readonly summary: string }[];
  database.close();
  return events;
};
const quarantined = async () => {
  expect(await times(4, wrong)).toEqual([400]);
  expect(await quarantines()).toMatchObject([{ connector: "okta", round: 1, tried: false }]);
};

test("it takes what removes access and nothing else, and says so everywhere", async () => {
  expect(await times(3, wrong)).toEqual([400]);
  expect(await times(4, good)).toEqual([201]);
  expect(await quarantines()).toEqual([]);
  // the fourth is more than three, and 4 of 8 are half
  expect((await wrong()).status).toBe(400);
  const until = now + hour;
  const facts = { round: 1, failed: 4, writes: 8, code: "constraintOnValue" };
  expect(await quarantines()).toEqual([{ connector: "okta", since: now, until, tried: false, ...facts }]);
  const said =
    "connector okta is quarantined: 4 of 8 writes failed, most by constraintOnValue; it only takes access away until it is tried at 2026-01-05T12:01:00Z";
  expect(await audit()).toMatchObject({
    ...{ actor: "agent", operation: "quarantine.begin", target: "okta", code: "quarantined", detail: said },
  });
  expect((await h.admin("GET", "/health")).body).toEqual({
    ready: true,
    conditions: [{ code: "quarantined", message: said }],
  });

  // also of what would be refused by itself
  expect((await wrong()).status).toBe(503);
  const refused = await good();
  expect(refused).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining("only takes access away") },
  });
  expect(refused.headers.get("retry-after")).toBe("30");
  expect(await audit()).toMatchObject({ outcome: "refused", code: "quarantined" });
  const active = (value: boolean) => ({ Operations: [{ op: "replace", path: "active", value }] });
  const groups = (await h.scim("GET", "/Groups")).body.Resources;
  const id = (name: string) => groups.find((one: { displayName: string }) => one.displayName === name).id;
  const remove = { Operations: [{ op: "remove", path: `members[value eq "${people.get("bob")}"]` }] };
  const add = { Operations: [{ op: "add", path: "members", value: [{ value: people.get("cai") }] }] };
  expect((await h.scim("PATCH", `/Users/${people.get("ann")}`, active(false))).status).toBe(200);
  expect((await h.scim("PATCH", `/Groups/${id("core-team")}`, remove)).status).toBe(204);
  expect((await h.scim("PATCH", `/Groups/${id("core-team")}`, add)).status).toBe(503);
  expect((await h.scim("DELETE", `/Users/${people.get("cai")}`)).status).toBe(204);
  expect((await h.scim("PATCH", `/Users/${people.get("ann")}`, active(true))).status).toBe(503);
  const { accounts } = (await h.admin("GET", "/access")).body;
  expect(
    accounts.filter(({ account }: { account: string }) => /^(ann|bob|cai)$/.test(account)),
  ).toMatchObject([{ account: "bob", groups: ["okta/engineering"] }]);
  expect(eventsOf()).toEqual([{ connector: "okta", summary: said }]);
});

test("it is tried slower and slower, up to the longest, and ends by itself when a trial succeeds", async () => {
  await quarantined();
  let began = now;
  for (const [round, span] of [1, 2, 3, 3].entries()) {
    expect(await quarantines()).toMatchObject([{ round: round + 1, until: began + span * hour }]);
    now = began + span * hour - 1;
    expect((await good()).status).toBe(503);
    now++;
    expect(await quarantines()).toMatchObject([{ tried: true }]);
    // half of a trial of ten
    expect(await times(5, wrong)).toEqual([400]);
    began = now;
    expect((await good()).status).toBe(503);
  }
  expect(await audit()).toMatchObject({ code: "quarantined", outcome: "refused" });
  now += 3 * hour;
  expect(await times(4, wrong)).toEqual([400]);
  expect(await times(6, good)).toEqual([201]);
  expect(await quarantines()).toEqual([]);
  expect((await h.admin("GET", "/audit?last=2")).body.rows[1]).toMatchObject({
    operation: "quarantine.end",
    detail: "the quarantine of connector okta is over: its writes are done again",
  });
  // what failed in the trial is not held against it
  expect((await wrong()).status).toBe(400);
  expect(await quarantines()).toEqual([]);
  // and the next one begins at the first round
  expect(await times(3, wrong)).toEqual([400]);
  expect(await quarantines()).toMatchObject([{ round: 1, failed: 4, writes: 4 }]);
});

test("few are let through at once, also of very many that come together", async () => {
  await quarantined();
  now += hour;
  const answers = await Promise.all(Array.from({ length: 60 }, wrong));
  const judged = answers.filter(({ status }) => status === 400).length;
  expect(judged).toBeGreaterThanOrEqual(5);
  expect(judged).toBeLessThanOrEqual(10);
  expect(await quarantines()).toMatchObject([{ round: 2 }]);
});

test("it survives a restart, and a release without the rule ends it", async () => {
  await quarantined();
  const before = await quarantines();
  await h.restart();
  expect(await quarantines()).toEqual(before);
  expect((await good()).status).toBe(503);
  await h.deploy(await constrained(h, { mail }), digest);
  expect(await quarantines()).toEqual([]);
  expect((await good()).status).toBe(201);
  await h.restart();
  expect((await good()).status).toBe(201);
});

test("an approver ends it with a reason, and nobody else", async () => {
  await quarantined();
  const end = (token: string, body: object = { reason: "mapping mended" }, connector = "okta") =>
    h.admin("POST", `/quarantines/${connector}/end`, { token, body });
  expect((await end(h.tokens.deployer)).status).toBe(403);
  expect((await end(h.tokens.approver, {})).status).toBe(400);
  expect(await end(h.tokens.approver, undefined, "entra")).toMatchObject({
    status: 409,
    body: { error: { code: "notQuarantined" } },
  });
  expect((await end(h.tokens.approver)).status).toBe(204);
  expect(await audit()).toMatchObject({
    ...{ actor: "admin:approver", operation: "quarantine.end", target: "okta", outcome: "done" },
    detail: expect.stringContaining("mapping mended"),
  });
  // whoever was told that it began is told that it is over
  expect(eventsOf().map(({ summary }) => summary)).toEqual([
    expect.stringContaining("connector okta is quarantined"),
    "the quarantine of connector okta is over: its writes are done again",
  ]);
  expect((await good()).status).toBe(201);
  await h.restart();
  expect(await quarantines()).toEqual([]);
});

test("removals, what is not there and other versions do not count, and neither does a good hour with few failures", async () => {
  const title = { Operations: [{ op: "replace", value: { title: "Lead" } }] };
  for (let i = 0; i < 6; i++) {
    await h.scim("DELETE", "/Users/none");
    expect((await h.scim("PATCH", "/Users/none", title)).status).toBe(404);
  }
  expect(await times(3, wrong)).toEqual([400]);
  expect(await quarantines()).toEqual([]);
  // an hour later those are forgotten
  now += 61 * minute;
  expect(await times(3, wrong)).toEqual([400]);
  expect(await quarantines()).toEqual([]);
  expect(await times(5, good)).toEqual([201]);
  // many, and less than half
  expect(await times(2, wrong)).toEqual([400]);
  expect(await quarantines()).toMatchObject([{ failed: 5, writes: 10 }]);
});
