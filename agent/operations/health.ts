/** How an agent is: whether Mercurial goes by all that is stored, and what else is not done, with its reason. */
import type { RefusalCode } from "../../api/codes.ts";
import type { Health, HealthCondition } from "../../api/contract.ts";
import { describeDoubt } from "../../report/clock.ts";
import { describeQuarantine } from "../../report/quarantine.ts";
import { summarizeFindings, type VerificationFinding } from "../../report/verification.ts";
import type { ClockReading } from "../clock/rule.ts";
import type { Serving } from "../releases/serving.ts";
import type { QuarantinedConnector } from "./quarantine/quarantines.ts";

export interface HealthParts {
  /** Whether the access file may lack what the store has. */
  readonly isBehind: boolean;
  /** Whether there is room for nothing but what takes access away. */
  readonly isTight: boolean;
  readonly serving: Serving;
  readonly quarantined: readonly QuarantinedConnector[];
  readonly clock: ClockReading;
  /** What Mercurial goes by otherwise than by the store, as far as it is known. */
  readonly standing: readonly VerificationFinding[];
  /** Why everything is refused. */
  readonly shutBecause: string | undefined;
}

/** What is said to whoever asks; and ready is only who enforces what is stored. */
export function healthOf({
  isBehind,
  isTight,
  serving,
  quarantined,
  clock: { now, clock },
  standing,
  shutBecause,
}: HealthParts): Health {
  const conditions: HealthCondition[] = [];
  const add = (code: RefusalCode | "accessFileBehind" | "accessFileDiffers", message: string) =>
    conditions.push({ code, message });
  if (isBehind)
    add(
      "accessFileBehind",
      "the access file does not hold all that is stored: Mercurial goes on with what it holds",
    );
  if (shutBecause !== undefined) add("accessShut", shutBecause);
  else if (standing.length > 0)
    add("accessFileDiffers", `Mercurial does not go by what is stored, by ${summarizeFindings(standing)}`);
  const notRun = serving.removals?.notRun?.why;
  if (notRun) add(notRun.restored ? "storeRestored" : "releaseAltered", notRun.detail);
  else if (!serving.active) add("noRelease", "no release is active: nobody has access");
  if (clock.inDoubt) add("clockInDoubt", describeDoubt(now, clock.system));
  if (isTight) add("diskFull", "hardly any room is left on the disk: only what takes access away is stored");
  for (const one of quarantined) add("quarantined", describeQuarantine(one));
  return { ready: !isBehind && shutBecause === undefined && standing.length === 0, conditions };
}
