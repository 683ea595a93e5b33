/** What fails is told, whatever the host's clock said before. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { rowsOf } from "../alerts/store.ts";
import { acceptClockOf, Clocks, day, hour } from "../clock/world.ts";
import { constrained } from "../constraints/constrained.ts";
import { type Harness, startHarness } from "../harness.ts";

let h: Harness;
let clocks: Clocks;
beforeEach(async () => {
  clocks = new Clocks();
  h = await startHarness(["core/api"], {}, clocks.given);
  const mail = { values: { of: "userName", domains: ["example.com"] }, owner: "identity" };
  await h.deploy(await constrained(h, { mail }));
});
afterEach(() => h.stop());

test("what failed in a wrong future, and is in order since, is told again when it fails again", async () => {
  const { body } = await h.scim("POST", "/Users", { userName: "ann@example.com" });
  const put = (userName: string) => h.scim("PUT", `/Users/${body.id}`, { userName });
  const told = () => rowsOf(h, "SELECT 1 FROM events WHERE kind = 'failed'").length;
  clocks.off = 6 * day;
  expect((await put("ann@evil.example")).status).toBe(400);
  expect(told()).toBe(1);
  clocks.off = 0;
  expect((await acceptClockOf(h, clocks)).status).toBe(200);
  expect((await put("ann@example.com")).status).toBe(200);
  clocks.pass(25 * hour);
  expect((await put("ann@evil.example")).status).toBe(400);
  expect(told()).toBe(2);
});
