/** What an agent says of its clock, in words. */
import type { Time } from "../model/time.ts";
import { isoTime } from "./time.ts";

/** Why the clock is in doubt, and the way out. */
export function describeDoubt(now: Time, system: Time): string {
  return `the clock is in doubt: the system's says ${isoTime(system)}, and by what the agent has measured it is ${isoTime(now)} (expected the system's clock to be set right, or an approver to accept it: hgscim agent clock --accept)`;
}

/** Why an approver's word about the time is not taken. */
export function describeOtherTime(said: Time, system: Time): string {
  return `it is ${isoTime(said)} by your word, and ${isoTime(system)} by the system's clock (expected the same within 5 minutes)`;
}
