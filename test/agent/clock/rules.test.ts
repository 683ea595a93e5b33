/** Rules that end, in the access file, which Mercurial looks into by its host's clock: once ended, none is there again. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../harness.ts";
import { Clocks, day, hour, restartAfter } from "./world.ts";

let clocks: Clocks;
let h: Harness;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  clocks = new Clocks();
  h = await startHarness(["core/api"], {}, clocks.given);
});
afterEach(async () => {
  vi.useRealTimers();
  await h.stop();
});

const aMinuteLater = () => vi.advanceTimersByTimeAsync(60_000);
const grants = () => (h.accessFile().grants ?? []).filter((row) => /,ada,/.test(String(row)));

async function lend(): Promise<void> {
  const until = new Date(clocks.now + day).toISOString();
  const lent = (release: ReleaseShape) => {
    const exception = [{ account: "ada", until, reason: "migration", approver: "Carol" }];
    release.permissions.core.write.push(...exception);
    release.permissions.core.deny.read = [];
  };
  await h.deploy(await h.release(lent));
  expect(grants()).toHaveLength(1);
}

test("what ends while the agent runs is taken out, and stays out when the clock goes back", async () => {
  await lend();
  clocks.pass(day - 1);
  await aMinuteLater();
  expect(grants()).toHaveLength(1);
  clocks.pass(1);
  await aMinuteLater();
  await vi.waitFor(() => expect(grants()).toEqual([]));
  clocks.off = -3 * day;
  await aMinuteLater();
  expect(grants()).toEqual([]);
  await restartAfter(h, () => {});
  expect(grants()).toEqual([]);
});

test("what ends while the agent is stopped is out when it starts, and ends in time while the clock is behind", async () => {
  await lend();
  clocks.off = -3 * day;
  clocks.pass(day);
  await aMinuteLater();
  await vi.waitFor(() => expect(grants()).toEqual([]));
  await restartAfter(h, () => {});
  expect(grants()).toEqual([]);
});

test("who writes to nobody learns within a minute that the clock jumped, and is not told twice", async () => {
  const told = () => h.logs.filter((line) => line.includes("the clock is in doubt"));
  clocks.off = -hour;
  await aMinuteLater();
  await aMinuteLater();
  await vi.waitFor(() => expect(told()).toHaveLength(1));
});
