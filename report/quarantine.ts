/** A quarantine in words: of whom, why, and until when. None of them names a person. */
import type { Time } from "../model/time.ts";
import { isoTime } from "./time.ts";
import { count } from "./words.ts";

interface Facts {
  readonly connector: string;
  readonly until: Time;
  readonly round: number;
  readonly failed: number;
  readonly writes: number;
  readonly code: string;
}

/** Why a connector is quarantined, and when it is tried. */
export function describeQuarantine({ connector, until, round, failed, writes, code }: Facts): string {
  const times = round > 1 ? `, for the ${round}th time in a row` : "";
  return `connector ${connector} is quarantined${times}: ${failed} of ${count(writes, "write", "writes")} failed, most by ${code}; it only takes access away until it is tried at ${isoTime(until)}`;
}

/** That it is over. */
export function describeQuarantineOver(connector: string): string {
  return `the quarantine of connector ${connector} is over: its writes are done again`;
}
