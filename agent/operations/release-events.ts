/** What somebody may have to be told of a release: that it became active or ended, or goes beyond the bounds. */
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import { describeApproval } from "../../report/release.ts";
import { describeReturn } from "../../report/verification.ts";
import type { AlertEvent } from "../alerts/event.ts";
import type { Operation, ReleaseOperation } from "./operation.ts";
import type { Outcome } from "./outcome.ts";

/** The events of an operation on a release; none of any other, or where nothing changed. */
export function releaseEvents(operation: Operation, outcome: Outcome): AlertEvent[] {
  if (operation.kind !== "release") return [];
  const { actor } = operation;
  if (outcome.kind !== "done")
    return outcome.code === "beyondBounds" ? [beyondBounds(operation, outcome)] : [];
  const { effect } = outcome;
  if (effect.of === "ended release") {
    const summary = `release ${effect.digest} is ended: nobody has access`;
    return [{ kind: "deployed", subject: effect.digest, summary, detail: `${summary}, by ${nameOf(actor)}` }];
  }
  if (effect.of === "returned release") {
    const summary = describeReturn(effect);
    return [{ kind: "drift", subject: effect.failed, summary, detail: summary }];
  }
  if (effect.of !== "release") return [];
  const { digest, policyDigest, revision, author, lose, gain, accepted, overUntrusted, approval } = effect;
  const summary = [
    `release ${digest} is active, policy ${policyDigest}`,
    ...(revision ? [`revision ${revision}`] : []),
    `${lose} lose a right, ${gain} gain one`,
    ...(accepted ? ["beyond the bounds, as was accepted"] : []),
    ...(overUntrusted ? ["in place of what cannot be trusted"] : []),
  ].join(", ");
  const detail = [
    summary,
    `by ${nameOf(actor)}`,
    ...(author ? [`author ${author}`] : []),
    ...(approval ? [describeApproval(approval)] : []),
  ].join(", ");
  return [{ kind: "deployed", subject: digest, summary, detail }];
}

/** The problems name people. */
function beyondBounds(
  operation: ReleaseOperation,
  { rules, problems }: Pick<Extract<Outcome, { kind: "refused" | "held" }>, "rules" | "problems">,
): AlertEvent {
  const what =
    operation.verb === "activate"
      ? `release ${digestsOf(operation.body.release as ReleaseData).release}`
      : "a release";
  const summary = `${what} is refused: it goes beyond ${rules.join(" and ") || "the bounds"} (accept it in the environment's file where that is meant)`;
  return {
    kind: "bounds",
    rule: rules.join(" ") || undefined,
    subject: "release",
    summary,
    detail: [`${summary}, by ${nameOf(operation.actor)}`, ...problems].join("; "),
  };
}

/** `admin:ci` is the token `ci`. */
function nameOf(actor: string): string {
  return actor.replace(/^admin:/, "");
}
