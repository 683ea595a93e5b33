/** What is shown of a held operation, in a few digits: whoever decides says which they have seen. */
import { createHash } from "node:crypto";
import type { HoldRow } from "./holds.ts";

/** What an operation is about, as it is now: the resource, or the user who would get an account. */
export interface Seen {
  readonly id: string;
  readonly version: number;
}

/**
 * @param seen undefined where there is no such resource. What no constraint holds, and what only waits for its turn, is done as it is,
 * whatever is done before it.
 */
export function fingerprintOf(
  { id, request, verdicts, rule }: Pick<HoldRow, "id" | "request" | "verdicts" | "rule">,
  seen: Seen | undefined,
): string {
  return createHash("sha256")
    .update(JSON.stringify([id, request, verdicts, rule === null || !seen ? null : [seen.id, seen.version]]))
    .digest("hex")
    .slice(0, 16);
}
