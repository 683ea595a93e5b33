/** What is held, in words. */
import type { Verdict } from "../policy/constraints/change.ts";
import { describeVerdicts } from "./outcome.ts";

/** What whoever asked for it is told: where it waits, why, and who decides. */
export function describeHeld({
  id,
  verdicts,
  owner,
}: {
  readonly id: string;
  readonly verdicts: readonly Verdict[];
  readonly owner: string | null;
}): string {
  if (verdicts.length === 0) return `held as ${id}: it waits for what is held of the same resource before it`;
  return `held as ${id}${owner === null ? "" : `, owner ${owner} decides`}: ${describeVerdicts(verdicts)}`;
}

/** Why a word about it counts for nothing: what is there instead of what was shown. */
export function describeChangedHold(
  id: string,
  { version, verdicts }: { readonly version: number | null; readonly verdicts: readonly Verdict[] },
): string {
  const resource =
    version === null ? "there is no resource yet, or none any more" : `the resource is of version ${version}`;
  const held = verdicts.length === 0 ? "it only waits for its turn" : describeVerdicts(verdicts);
  return `hold ${id} is not as it was shown: ${resource}; ${held} (expected the fingerprint that hgscim held show prints now)`;
}

/** What was decided. */
export function describeEnded(id: string, state: "approved" | "discarded"): string {
  return state === "approved"
    ? `hold ${id} is approved, and done`
    : `hold ${id} is discarded: nothing of it is done`;
}
