/** What the agent tells of the slots of a secret: what each holds, by a keyed hash, and who comes with it. */
import { createHmac, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rowsOf } from "./alerts/store.ts";
import { Clocks } from "./clock/world.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";

const strong = () => randomBytes(32).toString("hex");
const [one, two] = [strong(), strong()];
let h: Harness;
let clocks: Clocks;
beforeEach(async () => {
  clocks = new Clocks();
  // nothing is noticed but by being asked to look
  h = await startHarness(["core/api"], {}, { ...clocks.given, secretsEvery: 3_600_000 });
  h.config.references.push(`ref+file://${h.folder}/*/*`);
  mkdirSync(join(h.folder, "slots"));
  put("current", one);
});
afterEach(() => h.stop());

const path = (slot: string) => join(h.folder, "slots", slot);
const put = (slot: string, value: string) => writeFileSync(path(slot), `${value}\n`);
const deploy = async (more: ReleaseShape = {}) =>
  h.deploy(
    await h.release((draft: ReleaseShape) => {
      Object.assign(draft.secrets["okta-token"], more);
      draft.secrets["okta-token"].refs = ["current", "next"].map((slot) => `ref+file://${path(slot)}`);
      draft.secrets["okta-token"].quiet = "2h";
    }),
  );
const key = strong();
const printOf = (value: string) => createHmac("sha256", Buffer.from(key, "hex")).update(value).digest("hex");
const ask = (path: "/slots" | "/slots/look", token = h.tokens.deployer, secret = "okta-token") =>
  h.admin("POST", path, { token, body: { secret, key } });
const look = async () => (await ask("/slots/look")).body;
const read = async (token: string) => (await h.scim("GET", "/Users", undefined, token)).status;

test("each slot: what it holds, by a keyed hash, since when, whether it lets in, and who came with it last", async () => {
  const digest = await deploy();
  expect(await read(one)).toBe(200);
  const { body } = await ask("/slots", h.tokens.reader);
  expect(body).toMatchObject({
    ...{
      secret: "okta-token",
      connector: "okta",
      quiet: "2h",
      release: digest,
      isOneValue: true,
      withdrawn: null,
    },
    slots: [
      {
        ...{ reference: `ref+file://${path("current")}`, state: "filled", problem: null, hmac: printOf(one) },
        ...{ isLetIn: true, lastUsed: { from: "127.0.0.1" }, expires: expect.any(Number) },
      },
      { state: "empty", problem: null, hmac: null, since: null, isLetIn: false, lastUsed: null },
    ],
  });
  expect(body.slots[0].since).toBeLessThanOrEqual(body.now);
  put("next", two);
  expect(await read(two)).toBe(401);
  const both = await look();
  expect(both.slots[1]).toMatchObject({ state: "filled", hmac: printOf(two), isLetIn: true, lastUsed: null });
  expect([await read(one), await read(two)]).toEqual([200, 200]);
  clocks.pass(60_000);
  put("current", two);
  const after = await look();
  expect(after).toMatchObject({ isOneValue: true, withdrawn: { from: "127.0.0.1" } });
  expect(after.now - after.withdrawn.at).toBeGreaterThanOrEqual(60_000);
  expect([await read(one), await read(two)]).toEqual([401, 200]);
  const rows = rowsOf(h, "SELECT detail FROM audit WHERE operation = 'token.replace'");
  expect(rows.map(({ detail }) => detail)).toEqual([
    "a value of secret okta-token came beside the one before, where its reference points",
    "a value of secret okta-token is withdrawn: another one has its place",
  ]);
  for (const secret of [one, two]) expect(JSON.stringify([body, both, after, h.logs])).not.toContain(secret);
});

test("the last use outlives the agent, and what nobody saw is no quiet time", async () => {
  await deploy();
  await read(one);
  clocks.pass(5_000);
  const before = (await ask("/slots")).body.slots[0];
  expect(before.unusedFor).toBeGreaterThanOrEqual(5_000);
  expect((await h.admin("GET", "/tokens")).body.tokens).toMatchObject([{ lastUsed: before.lastUsed }]);
  await h.restart(() => clocks.pass(3_600_000));
  const { lastUsed, unusedFor } = (await ask("/slots")).body.slots[0];
  expect(lastUsed).toEqual(before.lastUsed);
  expect(unusedFor).toBeLessThan(60_000);
  clocks.pass(60_000);
  expect((await ask("/slots")).body.slots[0].unusedFor).toBeGreaterThanOrEqual(60_000);
});

test("a value that opens nothing is told with why, and one that can be guessed has no hash", async () => {
  await deploy();
  for (const [value, problem] of [
    ["too-short", /^the value is too short to be safe/],
    [h.tokens.approver, /^the token is also the admin token approver of agent\.yaml/],
  ] as const) {
    put("next", value);
    expect((await look()).slots[1]).toMatchObject({
      ...{ state: "filled", isLetIn: false, lastUsed: null },
      problem: expect.stringMatching(problem),
    });
    expect(await read(one)).toBe(200);
  }
  put("next", "abababababababababab");
  expect((await look()).slots[1]).toMatchObject({ hmac: null, isLetIn: true });
  // once, of what was wrong last
  const over = h.logs.filter((line) => line.includes("that is over"));
  expect(over).toEqual([
    expect.stringMatching(/okta-token\.refs\.1: the token is also the admin token approver/),
  ]);
});

test("who is refused is counted by what they come with: a token that nobody knows, one of before, one that has ended", async () => {
  await deploy({ lifetime: "1h" });
  expect((await look()).refused).toEqual([]);
  // guesses enough that the last ones are locked out
  const guesses = [];
  for (let guess = 0; guess < 12; guess++) guesses.push(await read(two));
  expect(new Set(guesses)).toEqual(new Set([401, 429]));
  const [unknown] = (await look()).refused;
  expect(unknown).toMatchObject({ kind: "unknown", requests: 12, last: { from: "127.0.0.1" } });
  expect(unknown.within).toBeLessThan(60_000);
  expect(await read(one)).toBe(200);
  clocks.pass(3_600_000);
  put("next", two);
  await look();
  expect([await read(one), await read(two)]).toEqual([401, 200]);
  put("current", two);
  await look();
  expect(await read(one)).toBe(401);
  const { refused } = await look();
  expect(refused).toMatchObject([
    { kind: "former", requests: 1, within: 3_600_000 },
    { kind: "ended", requests: 1 },
  ]);
  expect(JSON.stringify([refused, h.logs])).not.toContain(two);
  clocks.pass(3_600_000);
  expect((await look()).refused).toEqual([]);
});

test("a last use is one that was let in, of the value that is there now", async () => {
  await deploy({ lifetime: "1h" });
  put("next", one);
  expect(await read(one)).toBe(200);
  writeFileSync(path("next"), "");
  const [present, emptied] = (await look()).slots;
  expect(present.lastUsed).not.toBeNull();
  expect(emptied).toMatchObject({
    state: "empty",
    since: null,
    expires: null,
    lastUsed: null,
    problem: null,
  });
  expect(emptied.isLetIn).toBe(false);
  clocks.pass(3_600_000);
  expect(await read(one)).toBe(401);
  expect((await look()).slots[0].lastUsed).toEqual(present.lastUsed);
});

test("a value that is gone from its slot, and in no other one, is let in all the same: that is told", async () => {
  await deploy();
  put("next", two);
  await look();
  expect(await read(two)).toBe(200);
  writeFileSync(path("next"), "");
  const { slots, withdrawn, isOneValue } = await look();
  expect(slots[1]).toMatchObject({
    ...{ state: "empty", hmac: null, isLetIn: false, lastUsed: null },
    problem: "nothing is there any more",
  });
  expect([withdrawn?.from, isOneValue]).toEqual(["127.0.0.1", true]);
  expect(await read(two)).toBe(200);
});

test("a reader has nothing looked for, and what is no secret is told with the nearest one", async () => {
  expect((await ask("/slots")).body.error.code).toBe("noRelease");
  await deploy();
  expect((await ask("/slots/look", h.tokens.reader)).status).toBe(403);
  const { status, body } = await ask("/slots", h.tokens.reader, "okta-tokn");
  expect([status, body.error.message]).toEqual([
    404,
    'the active release has no secret "okta-tokn" (expected one of okta-token, did you mean "okta-token"?)',
  ]);
  const keyless = await h.admin("POST", "/slots", { body: { secret: "okta-token", key: "1" } });
  expect(keyless.body.error).toMatchObject({
    code: "invalidRequest",
    problems: [expect.stringContaining("key")],
  });
});
