/** A check as it is made: what was looked at, and what came of it. */
import type { PreflightCheck } from "../api/preflight.ts";

/** What is looked at. */
export type LookedAt = Pick<PreflightCheck, "subject" | "name" | "what" | "owner" | "entry">;

/** What is not as it is expected, and how it becomes so. */
export interface Fault {
  readonly found: string;
  readonly expected: string;
  readonly mend: string;
}

export const passed = (looked: LookedAt, found: string): PreflightCheck => ({
  ...looked,
  state: "ok",
  found,
});

/** It works now, and somebody should mend it. */
export const warned = (looked: LookedAt, fault: Fault): PreflightCheck => ({
  ...looked,
  state: "warning",
  ...fault,
});

/** With it, something would not work. */
export const failedCheck = (looked: LookedAt, fault: Fault): PreflightCheck => ({
  ...looked,
  state: "failed",
  ...fault,
});

/** It was not looked at. */
export const unlooked = (looked: LookedAt, why: string, mend?: string): PreflightCheck => ({
  ...looked,
  state: "unknown",
  found: `not checked: ${why}`,
  ...(mend !== undefined && { mend }),
});
