/** The time of a limit is measured: no sleep, no stop and no clock empties it, so that others could be taken away. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { constrained } from "../constraints/constrained.ts";
import { type Harness, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { acceptClockOf, Clocks, day, hour, restartAfter, second, year } from "./world.ts";

let clocks: Clocks;
let h: Harness;
beforeEach(async () => {
  clocks = new Clocks();
  h = await startHarness(["core/api"], {}, clocks.given);
});
afterEach(() => h.stop());

const accept = () => acceptClockOf(h, clocks);

const jumpTo = (off: number) => {
  clocks.off = off;
};
const quiet = { quiet: { limit: { deactivations: 1, above: 0, per: "1h" }, otherwise: "reject" } };

test.each<[string, () => void | Promise<void>]>([
  ["the host slept for a day", () => clocks.sleep(day)],
  ["the agent was stopped for a day", () => restartAfter(h, () => clocks.sleep(day))],
  ["the clock went ahead by six days", () => jumpTo(6 * day)],
  ["the clock went ahead by ten years", () => jumpTo(10 * year)],
  [
    "an approver took twenty days for right",
    async () => {
      clocks.off = 20 * day;
      await accept();
    },
  ],
])("what a limit has counted counts on when %s, until so much was measured", async (_, jump) => {
  await h.deploy(await constrained(h, quiet));
  const people = await staff(h, { "core-team": ["ann", "bob", "eve"] });
  expect((await deactivate(h, people.get("ann"))).status).toBe(200);
  clocks.pass(hour - second);
  await jump();
  expect((await deactivate(h, people.get("bob"))).status).toBe(409);
  clocks.pass(2 * second);
  expect((await deactivate(h, people.get("bob"))).status).toBe(200);
});

test("what a limit has counted in a wrong future is forgotten in time", async () => {
  await h.deploy(await constrained(h, quiet));
  const people = await staff(h, { "core-team": ["ann", "bob", "eve"] });
  clocks.off = 6 * day;
  expect((await deactivate(h, people.get("ann"))).status).toBe(200);
  clocks.off = 0;
  await accept();
  expect((await deactivate(h, people.get("bob"))).status).toBe(409);
  clocks.pass(hour + second);
  expect((await deactivate(h, people.get("bob"))).status).toBe(200);
});
