/** Which writes count for a quarantine, and which of them failed. */
import type { ScimWriteCode } from "../../../api/codes.ts";
import { mayTakeAway } from "../may-take-away.ts";
import type { ResourceOperation } from "../operation.ts";
import type { Outcome } from "../outcome.ts";

/**
 * What says that the provider sends what it should not. Not among them: what a person decides (held), what is for a time, a version
 * that moved, and what is not there: after an agent was built anew, a provider finds nothing at first.
 */
const failing: ReadonlySet<string> = new Set<ScimWriteCode>([
  "invalidPath",
  "invalidSyntax",
  "invalidValue",
  "mutability",
  "noTarget",
  "uniqueness",
  "tooLarge",
  "mappingFailed",
  "overBudget",
  "accountTaken",
  "constraintOnValue",
  "constraintOnAccess",
]);

export interface CountedWrite {
  readonly failed: boolean;
  /** Why it failed; empty where it did not. */
  readonly code: string;
}

/** Undefined for what does not count: whatever takes access away, and what was let do no more than that. */
export function countedOf(operation: ResourceOperation, outcome: Outcome): CountedWrite | undefined {
  if (operation.verb === "delete" || operation.takesAwayOnly) return undefined;
  const why = outcome.kind === "done" ? outcome.undone?.code : outcome.code;
  if (why !== undefined) {
    // a rule that keeps somebody in is no provider's mistake
    const isKept = why === "constraintOnAccess" && mayTakeAway(operation);
    return failing.has(why) && !isKept ? { failed: true, code: why } : undefined;
  }
  return outcome.kind === "done" && onlyTakes(outcome.effect) ? undefined : { failed: false, code: "" };
}

type Effect = Extract<Outcome, { kind: "done" }>["effect"];

function onlyTakes(effect: Effect): boolean {
  if (effect.of === "user") return effect.before !== null && effect.after === null;
  return effect.of === "group" && effect.left.length > 0 && effect.joined.length === 0;
}
