/** Times and spans, as numbers: what a moment or a duration is counted in, said once. */
import { z } from "zod";

/** A moment: milliseconds since 1970-01-01T00:00:00Z. */
export const Time = z.int().describe("Milliseconds since 1970-01-01 UTC.");
export type Time = z.infer<typeof Time>;

/** A span of time, in milliseconds. */
export type Milliseconds = number;
