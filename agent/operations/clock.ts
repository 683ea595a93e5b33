/**
 * What an approver says about the clock: that the system's is right. Everything has the age then that it had before, so that
 * what has ended stays ended, and what was seen first in a wrong future lasts no longer for it.
 */
import { describeOtherTime } from "../../report/clock.ts";
import { setTokensBack, withTokensBack } from "../authentication/first-seen.ts";
import { clockSlack } from "../clock/rule.ts";
import { Directory } from "../directory/directory.ts";
import { setDoorsBack } from "../releases/doors.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Surroundings } from "../releases/surroundings.ts";
import { setFailuresBack } from "./failures/set-back.ts";
import { Holds } from "./held/holds.ts";
import type { ClockOperation } from "./operation.ts";
import { noDifference, type Outcome, refused } from "./outcome.ts";

/** Accepts the system's clock, if it is in doubt and says what the approver says. The release stays active, by that clock. */
export async function acceptClock(
  { time, reason }: ClockOperation,
  { store, active, now, clock }: Surroundings,
): Promise<Outcome<Runtime | null>> {
  const { system } = clock;
  if (Math.abs(time - system) > clockSlack) return refused("clockDiffers", describeOtherTime(time, system));
  const done = {
    kind: "done",
    target: "clock",
    ignored: [],
    warnings: [],
    difference: noDifference,
  } as const;
  if (!clock.inDoubt) return { ...done, resource: active, changes: [], effect: { of: "nothing" } };
  const back = Math.max(0, now - system);
  const { renumberings, breakGlass } = new Directory(store);
  await setTokensBack(store, back);
  await setDoorsBack(store, back);
  await renumberings.setBack(back);
  await new Holds(store).setBack(back);
  await breakGlass.setBack(back);
  await setFailuresBack(store, back);
  return {
    ...done,
    resource: active && {
      ...active,
      connectors: active.connectors.map((connector) => ({
        ...connector,
        credentials: withTokensBack(connector.credentials, back),
      })),
    },
    // of a release that does not run, the file goes on with what it has
    changes: active ? "everything" : [],
    effect: { of: "clock", before: now, after: system, reason },
    difference: { before: { time: now }, after: { time: system } },
  };
}
