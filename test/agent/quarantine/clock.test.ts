/** A quarantine ends in time, whatever the host's clock says meanwhile. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { acceptClockOf, Clocks, day, hour, restartAfter } from "../clock/world.ts";
import { constrained } from "../constraints/constrained.ts";
import { type Harness, startHarness } from "../harness.ts";

let h: Harness;
let clocks: Clocks;
let next = 0;
beforeEach(async () => {
  clocks = new Clocks();
  h = await startHarness(["core/api"], {}, clocks.given);
  const mail = { values: { of: "userName", domains: ["example.com"] }, owner: "identity" };
  await h.deploy(
    await constrained(h, { mail }, ({ connectors }) => {
      connectors.okta.quarantine = { failures: "50%", above: 3, first: "1h", max: "3h" };
    }),
  );
});
afterEach(() => h.stop());

const post = async (domain: string) =>
  (await h.scim("POST", "/Users", { userName: `one-${next++}@${domain}` })).status;
const quarantines = async () =>
  (await h.admin("GET", "/quarantines", { token: h.tokens.reader })).body.quarantines;
async function failing(): Promise<void> {
  for (let i = 0; i < 4; i++) expect(await post("evil.example")).toBe(400);
}

test.each([
  ["and goes on over it", async () => {}],
  ["and over a start after it", () => h.restart()],
])("one that began in a wrong future lasts no longer for it, %s", async (_, then) => {
  clocks.off = 6 * day;
  await failing();
  clocks.off = 0;
  expect((await acceptClockOf(h, clocks)).status).toBe(200);
  await then();
  expect(await quarantines()).toMatchObject([{ connector: "okta", tried: false }]);
  clocks.pass(hour - 1);
  expect(await post("example.com")).toBe(503);
  clocks.pass(1);
  for (let i = 0; i < 10; i++) expect(await post("example.com")).toBe(201);
  expect(await quarantines()).toEqual([]);
});

test("what failed in a wrong future counts for an hour, and not until then", async () => {
  clocks.off = 6 * day;
  for (let i = 0; i < 3; i++) expect(await post("evil.example")).toBe(400);
  clocks.off = 0;
  expect((await acceptClockOf(h, clocks)).status).toBe(200);
  clocks.pass(2 * hour);
  expect(await post("evil.example")).toBe(400);
  expect(await quarantines()).toEqual([]);
});

test("one lasts no longer for a clock that went back, and ends over a start while it is back", async () => {
  await failing();
  clocks.off = -3 * day;
  await restartAfter(h, () => clocks.sleep(0));
  clocks.pass(hour + 10_000);
  for (let i = 0; i < 10; i++) expect(await post("example.com")).toBe(201);
  expect(await quarantines()).toEqual([]);
});
