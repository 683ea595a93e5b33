/** Times and spans, as numbers: what a moment or a duration is counted in, said once. */

/** A moment: milliseconds since 1970-01-01T00:00:00Z. */
export type Time = number;

/** A span of time, in milliseconds. */
export type Milliseconds = number;
