/** What an agent tells of the past: releases whole, and since when a policy runs. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import { type Harness, startHarness } from "./harness.ts";

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 5, 10);

let now: number;
let h: Harness;
beforeEach(async () => {
  now = start;
  h = await startHarness([], {}, { clock: () => now });
});
afterEach(() => h.stop());

/** One policy, whatever the bindings. */
const withPageSize = (value: number) =>
  h.release((release) => {
    release.variables.SCIM_PAGE_SIZE.value = value;
  });
const otherPolicy = () =>
  h.release((release) => {
    release.permissions.core.write = [];
  });
const policyOf = (release: ReleaseData) => digestsOf(release).policy;

async function attested(release: ReleaseData) {
  const reply = await h.admin("GET", `/policies/${policyOf(release)}`, { token: h.tokens.reader });
  expect(reply.status).toBe(200);
  return reply.body;
}

test("a policy is attested from its activation on, over releases that only change bindings, and over a restart", async () => {
  const release = await withPageSize(100);
  expect(await attested(release)).toEqual({
    environment: "local",
    policyDigest: policyOf(release),
    active: false,
    since: null,
    ran: 0,
    at: start,
    activePolicy: null,
  });
  let active = await h.deploy(release);
  now += 5 * hour;
  active = await h.deploy(await withPageSize(200), active);
  now += hour;
  active = await h.deploy(await withPageSize(200), active);
  await h.restart();
  const since = { since: start, ran: 6 * hour, at: start + 6 * hour };
  const expected = { active: true, ...since, activePolicy: policyOf(release) };
  expect(await attested(release)).toMatchObject(expected);
});

test("another policy, or none, ends it, and what was before does not count", async () => {
  const [a, b] = [await withPageSize(100), await otherPolicy()];
  const first = await h.deploy(a);
  now += 20 * hour;
  const second = await h.deploy(b, first);
  now += hour;
  expect(await attested(a)).toMatchObject({ active: false, since: null, activePolicy: policyOf(b) });
  expect(await attested(b)).toMatchObject({ active: true, since: start + 20 * hour, ran: hour });
  await h.deploy(a, second);
  expect(await attested(a)).toMatchObject({ active: true, since: start + 21 * hour, ran: 0 });

  now += hour;
  await h.admin("DELETE", "/release", { headers: { "If-Match": `"${first}"` } });
  expect(await attested(a)).toMatchObject({ active: false, since: null, ran: 0, activePolicy: null });
  now += hour;
  await h.deploy(a);
  expect(await attested(a)).toMatchObject({ active: true, since: start + 23 * hour });
});

test("a past release is told whole, as it was last activated", async () => {
  const [a, b] = [await withPageSize(100), await withPageSize(200)];
  const first = await h.deploy(a);
  const second = await h.deploy(b, first);
  now += hour;
  await h.admin("PUT", "/release", {
    body: { release: a, origin: { revision: "f00" } },
    headers: { "If-Match": `"${second}"` },
  });
  await h.deploy(b, first);
  const stored = await h.admin("GET", `/releases/${first}`, { token: h.tokens.reader });
  expect(stored.status).toBe(200);
  expect(stored.body).toEqual({
    release: a,
    digest: first,
    policyDigest: policyOf(a),
    bindingsDigest: digestsOf(a).bindings,
    activatedAt: start + hour,
    origin: { sources: {}, revision: "f00" },
  });
  expect(digestsOf(stored.body.release).release).toBe(first);
});

test("only a reader is answered, and only about digests", async () => {
  const none = `sha256:${"0".repeat(64)}`;
  for (const path of [`/policies/${none}`, `/releases/${none}`])
    expect((await h.admin("GET", path, { token: "wrong" })).status).toBe(401);
  const missing = await h.admin("GET", `/releases/${none}`);
  expect(missing).toMatchObject({
    status: 404,
    body: { error: { message: `no release ${none} was ever active here` } },
  });
  expect((await h.admin("GET", "/policies/constructor")).status).toBe(400);
  expect((await h.admin("GET", "/releases/constructor")).status).toBe(404);
});
