/**
 * What a reviewer of a release is told. What it does to people is kept, so that an activation can be held to it: where that cannot be
 * done now, the review is answered all the same, without a line to approve.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { Evaluation } from "../evaluation/evaluation.ts";
import type { Writer } from "../operations/writer.ts";
import type { Approvable, Reviewed, Setting } from "../releases/evaluator.ts";
import { ReviewedEffects } from "../releases/reviewed-effects.ts";
import { askerOf } from "./holder.ts";
import type { Planners } from "./planners.ts";
import { refuseFor } from "./refusal.ts";
import type { AddRoute } from "./route.ts";

/** How long it waits for its turn among those who write. */
const patience: Milliseconds = 5_000;

interface ReviewContext {
  readonly writer: Writer;
  readonly evaluation: Evaluation;
  readonly planners: Planners;
  /** What is active, and what time it is. */
  readonly moment: () => Omit<Setting, "folder" | "host">;
}

/** Adds the route. */
export function reviewRoutes(route: AddRoute, { writer, evaluation, planners, moment }: ReviewContext): void {
  route("POST", "/reviews", "reader", async (request, reply, holder) => {
    planners.note(request.headers["user-agent"], writer.clock.now());
    const answer = await evaluation.ask("review", { body: String(request.body ?? "") }, moment());
    if (!answer.ok) return refuseFor(reply, answer.error.code, answer.error.detail);
    if (!answer.value.ok) return refuseFor(reply, "invalidRequest", "not a release", answer.value.error);
    const { review, approvable } = answer.value.value;
    const line = await lineOf(approvable, (kept) => {
      if (writer.isTight) return Promise.resolve(fail("hardly any room is left on the agent's disk"));
      const keep = writer
        .aside((store) => new ReviewedEffects(store).keep(kept, askerOf(holder), writer.clock.now()))
        .catch((error) => {
          request.log.error(error, "what a review says cannot be kept now");
          return fail("the agent cannot keep it now, and its log says why");
        });
      const busy = sleep(patience, fail("the agent is busy: ask again"), { ref: false });
      return Promise.race([keep, busy]);
    });
    const told = line.ok ? { approval: line.value } : { unapproved: line.error };
    // the review may be of megabytes, and is JSON already
    return reply
      .type("application/json; charset=utf-8")
      .send(`${review.slice(0, -1)},${JSON.stringify(told).slice(1)}`);
  });
}

/** The line, once what it approves is kept. */
async function lineOf(
  approvable: Reviewed["approvable"],
  keep: (kept: Approvable["kept"]) => Promise<Result<void, string>>,
): Promise<Result<string, string>> {
  if (!approvable.ok) return approvable;
  const kept = await keep(approvable.value.kept);
  return kept.ok ? ok(approvable.value.line) : kept;
}
