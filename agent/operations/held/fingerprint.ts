/** What is shown of a held operation, in a few digits: whoever decides says which they have seen. */
import { createHash } from "node:crypto";
import type { HoldRow } from "./holds.ts";

/**
 * @param version of the resource as it is now; null where there is none. What no constraint holds, and what only waits for its turn, is
 * done as it is, whatever is done before it.
 */
export function fingerprintOf(
  { id, request, verdicts, rule }: Pick<HoldRow, "id" | "request" | "verdicts" | "rule">,
  version: number | null,
): string {
  return createHash("sha256")
    .update(JSON.stringify([id, request, verdicts, rule === null ? null : version]))
    .digest("hex")
    .slice(0, 16);
}
