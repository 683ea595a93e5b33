/** Who calls while the system's clock jumps: nothing that has ended lets anybody in, and whoever is right can take access away. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Issuer, trusting } from "../authentication/issuer.ts";
import { type Harness, startHarness } from "../harness.ts";
import { acceptClockOf, Clocks, day, hour, restartAfter, second } from "./world.ts";

let clocks: Clocks;
let issuer: Issuer;
let h: Harness;
beforeEach(async () => {
  clocks = new Clocks();
  // the issuer's clock is right
  issuer = new Issuer(() => clocks.now);
  await issuer.addKey("RS256", "RS256");
  await issuer.start();
  h = await startHarness([], { egress: [new URL(issuer.keys).host] }, clocks.given);
});
afterEach(async () => {
  await h.stop();
  await issuer.stop();
});

const status = async (token?: string) => (await h.scim("GET", "/Users", undefined, token)).status;
const accept = async () => {
  expect((await acceptClockOf(h, clocks)).status).toBe(200);
};

test("an access token that has expired is refused when the clock goes back, and a new one is taken", async () => {
  await h.deploy(await h.release(trusting(issuer)));
  const old = await issuer.sign();
  clocks.pass(2 * hour);
  expect(await status(old)).toBe(401);
  clocks.off = -3 * day;
  expect(await status(old)).toBe(401);
  expect(await status(await issuer.sign())).toBe(200);
  await h.restart();
  expect(await status(old)).toBe(401);
  expect(await status(await issuer.sign())).toBe(200);
});

test("after a long time off, the issuer's new tokens are taken before anybody accepts the clock", async () => {
  await h.deploy(await h.release(trusting(issuer)));
  const old = await issuer.sign({ claims: { exp: Math.floor((clocks.now + 9 * day) / 1_000) } });
  await restartAfter(h, () => clocks.sleep(30 * day));
  expect((await h.admin("GET", "/agent")).body.clock.inDoubt).toBe(true);
  const now = Math.floor(clocks.now / 1_000);
  expect(await status(await issuer.sign({ claims: { nbf: now, iat: now } }))).toBe(200);
  await accept();
  expect(await status(old)).toBe(401);
  expect(await status(await issuer.sign())).toBe(200);
});

test("keys are fetched again in time, and who was locked out is let off in time, after the clock went back", async () => {
  clocks.off = 6 * day;
  await h.deploy(await h.release(trusting(issuer)));
  const old = await issuer.sign({ claims: { exp: Math.floor((clocks.now + 30 * day) / 1_000) } });
  expect(await status(old)).toBe(200);
  clocks.off = 0;
  await accept();
  issuer.withdrawKey("RS256");
  await issuer.addKey("two", "RS256");
  clocks.pass(600 * second);
  expect(await status(old)).toBe(401);
});

test("a lock-out is as long as before after the clock went back", async () => {
  clocks.off = 6 * day;
  await h.deploy(await h.release());
  for (let guess = 0; guess < 10; guess++) await status(`a-guess-of-many-${guess}`);
  expect(await status("one-more-guess-of-them")).toBe(429);
  clocks.off = 0;
  await accept();
  clocks.pass(61 * second);
  expect(await status("one-more-guess-of-them")).toBe(401);
});
