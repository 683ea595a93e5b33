/** What is told outside of an operation is nowhere but in memory: it is stored without waiting for other events. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
import { rowsOf } from "./store.ts";
import { until } from "./until.ts";

// the time for which events are gathered never ends
vi.mock("node:timers/promises", async (original) => {
  const real = await original<typeof import("node:timers/promises")>();
  const setTimeout = (span: number, value?: unknown, options?: { signal?: AbortSignal }) =>
    real.setTimeout(span === 100 ? 3_600_000 : span, value, { ...options, ref: false });
  return { ...real, setTimeout };
});

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
});
afterEach(() => h.stop());

test("a guess is stored while events are gathered", async () => {
  const told = () => rowsOf(h, "SELECT rule, connector FROM events WHERE kind = 'auth-failed'");
  await h.scim("GET", "/Users", undefined, "guessed");
  await until(() => told().length > 0);
  expect(told()).toEqual([{ rule: null, connector: "okta" }]);
});
