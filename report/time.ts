/** Moments for a person. */
import type { Time } from "../model/time.ts";

/** ISO 8601, to the second. */
export function isoTime(time: Time): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
