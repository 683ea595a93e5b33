/** How the value of an option that is a span of time is read. */
import { Duration } from "../model/duration.ts";
import { UsageError } from "./usage.ts";

/** @throws {UsageError} for what is none, or no time at all */
export function forDuration(text: string): Duration {
  if (Duration.safeParse(text).success && !text.startsWith("0")) return text;
  throw new UsageError(`--for is "${text}" (expected a duration such as 30m or 1h)`);
}
