/** `hgscim agent clock` as somebody on the host runs it, on a real agent whose host was off for a month. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { hgscim } from "./hgscim.ts";

const month = 30 * 86_400_000;

let off = -month;
let h: Harness;
beforeEach(async () => {
  off = -month;
  h = await startHarness([], {}, { clock: () => Date.now() + off, uptime: () => performance.now() });
});
afterEach(() => h.stop());

const clock = (...args: string[]) =>
  hgscim(["agent", "clock", "--socket", h.agent.socket, ...args], {
    cwd: h.folder,
    env: { SUDO_USER: "ada" },
  });

test("a clock in doubt is shown with the way out, and accepted with a reason", async () => {
  const fine = await clock();
  expect(fine).toMatchObject({ code: 0, stderr: "" });
  expect(fine.stdout).toMatch(
    /^the agent's clock agrees with the system's: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/,
  );
  off = 0;
  const doubted = await clock();
  expect(doubted).toMatchObject({ code: 1, stderr: "" });
  expect(doubted.stdout).toMatch(
    /^the clock is in doubt: the system's says .*hgscim agent clock --accept\)\n$/,
  );
  expect(JSON.parse((await clock("--json")).stdout)).toMatchObject({ inDoubt: true });
  expect((await clock("--accept")).code).toBe(2);

  const accepted = await clock("--accept", "--reason", "the host was off");
  expect(accepted).toMatchObject({ code: 0, stderr: "" });
  expect(accepted.stdout).toMatch(/^the agent's clock agrees/);
  const { rows } = (await h.admin("GET", "/audit")).body;
  expect(rows).toMatchObject([{ operation: "clock.accept", actor: "local:ada", outcome: "done" }]);
  expect(rows[0].detail).toContain("; the host was off");

  // an approver whose own clock says otherwise
  off = 10 * 365 * 86_400_000;
  const refused = await clock("--accept", "--reason", "it is late");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("by your word, and ");
});
