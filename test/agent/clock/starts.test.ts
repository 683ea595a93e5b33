/** What the clock may do once, it may not do at each start again. */
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { acceptClockOf, Clocks, day, restartAfter, second } from "./world.ts";

let clocks: Clocks;
let h: Harness;
beforeEach(async () => {
  clocks = new Clocks();
  h = await startHarness(["core/api"], {}, clocks.given);
});
afterEach(() => h.stop());

const accept = () => acceptClockOf(h, clocks);
const inDoubt = async () => (await h.admin("GET", "/agent")).body.clock.inDoubt;
const usersStatus = async () => (await h.scim("GET", "/Users")).status;

test("a clock that stands still is in doubt, and a token ends in its time", async () => {
  await h.deploy(await h.release());
  const begun = clocks.now;
  for (let count = 0; count < 3; count++) {
    clocks.pass(290 * second);
    clocks.off = begun - clocks.now;
    await h.restart();
  }
  expect((await h.admin("GET", "/agent")).body.clock).toMatchObject({ system: begun, inDoubt: true });
  clocks.pass(30 * day - 14 * 60 * second);
  clocks.off = begun - clocks.now;
  expect(await usersStatus()).toBe(401);
});

test("a clock that is ahead by six days at each is in doubt at the second", async () => {
  await h.deploy(await h.release());
  const doubts: boolean[] = [];
  for (let count = 0; count < 3; count++) {
    await restartAfter(h, () => {
      clocks.off += 6 * day;
    });
    doubts.push(await inDoubt());
  }
  expect(doubts).toEqual([false, true, true]);
  await accept();
  expect(await inDoubt()).toBe(false);
});

test("what was written is never later than what the next one knows, however the agent ended", async () => {
  await h.deploy(await h.release());
  const people = await staff(h, { "core-team": ["ann"] });
  clocks.pass(50 * second);
  await deactivate(h, people.get("ann"));
  const database = new Database(`${h.config.data}/store.db`, { readonly: true });
  const kept = database.prepare("SELECT time, reference, measured FROM clock").get();
  database.close();
  expect(kept).toMatchObject({ time: clocks.now, reference: clocks.now, measured: 50 * second });
});
