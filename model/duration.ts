/** Spans of time as people write them: `90s`, `30m`, `24h`, `7d`. */
import { z } from "zod";
import type { Milliseconds } from "./time.ts";

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof units;

const error = "not a duration (expected a whole number and its unit s, m, h or d, such as 24h)";

/** The text of a duration; it stays text, so that a file says the same everywhere. */
export const Duration = z.string({ error }).regex(/^(0|[1-9]\d{0,5})[smhd]$/, { error });
export type Duration = z.infer<typeof Duration>;

/** How long a duration lasts. */
export function milliseconds(duration: Duration): Milliseconds {
  return Number(duration.slice(0, -1)) * units[duration.slice(-1) as Unit];
}

/** A span of time for a person, in its two largest units: `1 d 3 h`, `20 min`. Begun seconds count whole. */
export function describeDuration(span: Milliseconds): string {
  let rest = Math.ceil(Math.max(span, 0) / units.s) * units.s;
  const parts = (["d", "h", "m", "s"] as const).flatMap((unit) => {
    const count = Math.floor(rest / units[unit]);
    rest -= count * units[unit];
    return count === 0 ? [] : [`${count} ${unit === "m" ? "min" : unit}`];
  });
  return parts.slice(0, 2).join(" ") || "0 s";
}

/** A duration in the largest unit that it is a whole number of: `3600s` is `1h`. What is none stays as it is. */
export function inLargestUnit(duration: Duration): Duration {
  if (!Duration.safeParse(duration).success) return duration;
  const span = milliseconds(duration);
  if (span === 0) return "0s";
  const unit = (["d", "h", "m", "s"] as const).find((one) => span % units[one] === 0) ?? "s";
  return `${span / units[unit]}${unit}`;
}
