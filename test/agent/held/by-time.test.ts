/** What a rule of a permission set holds that ends is judged again when it has. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Clocks, day, hour, restartAfter } from "../clock/world.ts";
import { type Harness, startHarness } from "../harness.ts";
import { staff } from "../people.ts";
import { change, deployConstraints, eventually, held, holdId, letIn, shown } from "./world.ts";

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

const aMinute = () => vi.advanceTimersByTimeAsync(60_000);

test.each([
  ["while the agent runs", async () => clocks.pass(day), aMinute],
  ["while it does not", () => restartAfter(h, () => clocks.sleep(day)), aMinute],
])(
  "a leaver who is kept as the last writer goes when a denial of the other one ends %s",
  async (_, later, then) => {
    await deployConstraints(h, {});
    const people = await staff(h, { "core-team": ["ada", "bob"] });
    const until = new Date(clocks.now + hour).toISOString();
    const few = held({ keep: { writersOf: "core/api", atLeast: 1 } });
    await deployConstraints(h, { few }, ({ permissions }) => {
      permissions.core.deny = {
        read: [],
        write: [{ account: "bob", until, reason: "an audit", approver: "Carol" }],
      };
    });
    const path = `/Users/${people.get("ada")}`;
    const hold = holdId(await h.scim("PATCH", path, change({ op: "replace", path: "active", value: false })));
    expect(letIn(h)).toContain("ada");
    await aMinute();
    expect((await shown(h, hold)).state).toBe("pending");
    await later();
    await then();
    const { state } = await eventually(
      () => shown(h, hold),
      (found) => found.state !== "pending",
    );
    expect(state).toBe("released");
    expect(letIn(h)).toEqual(["bob"]);
  },
);
