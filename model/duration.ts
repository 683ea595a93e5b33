/** Spans of time as people write them: `90s`, `30m`, `24h`, `7d`. */
import { z } from "zod";
import type { Milliseconds } from "./time.ts";

/** How long each unit lasts. */
export const durationUnits: Readonly<Record<"s" | "m" | "h" | "d", Milliseconds>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const error = "not a duration (expected a whole number and its unit s, m, h or d, such as 24h)";

/** The text of a duration; it stays text, so that a file says the same everywhere. */
export const Duration = z.string({ error }).regex(/^(0|[1-9]\d{0,5})[smhd]$/, { error });
export type Duration = z.infer<typeof Duration>;

/** How long a duration lasts. */
export function milliseconds(duration: Duration): Milliseconds {
  return Number(duration.slice(0, -1)) * durationUnits[duration.slice(-1) as keyof typeof durationUnits];
}

/** A duration in the largest unit that it is a whole number of: `3600s` is `1h`. What is none stays as it is. */
export function inLargestUnit(duration: Duration): Duration {
  if (!Duration.safeParse(duration).success) return duration;
  const span = milliseconds(duration);
  if (span === 0) return "0s";
  const unit = (["d", "h", "m", "s"] as const).find((one) => span % durationUnits[one] === 0) ?? "s";
  return `${span / durationUnits[unit]}${unit}`;
}
