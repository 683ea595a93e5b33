/** Spans of time for a person. */
import { durationUnits } from "../model/duration.ts";
import type { Milliseconds } from "../model/time.ts";

/** A span in its two largest units: `1 d 3 h`, `20 min`. Begun seconds count whole. */
export function describeDuration(span: Milliseconds): string {
  let rest = Math.ceil(Math.max(span, 0) / durationUnits.s) * durationUnits.s;
  const parts = (["d", "h", "m", "s"] as const).flatMap((unit) => {
    const units = Math.floor(rest / durationUnits[unit]);
    rest -= units * durationUnits[unit];
    return units === 0 ? [] : [`${units} ${unit === "m" ? "min" : unit}`];
  });
  return parts.slice(0, 2).join(" ") || "0 s";
}
