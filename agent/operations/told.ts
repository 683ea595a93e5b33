/** What the log says of what was done. */
import type { FastifyBaseLogger } from "fastify";
import { describeLeftKeys, describeNearMiss, describeWithheld } from "../../report/outcome.ts";
import type { Operation } from "./operation.ts";
import type { Outcome } from "./outcome.ts";

/** Says in the log what was done and hardly meant so, and what was asked for and not done: the client does not hear of it. */
export function tellOutcome(
  log: FastifyBaseLogger,
  { actor, kind, verb }: Operation,
  outcome: Outcome,
): void {
  if (outcome.kind !== "done") return;
  const { target, ignored, undone } = outcome;
  const nearMiss = describeNearMiss(outcome.effect);
  if (nearMiss !== undefined) log.warn({ actor }, nearMiss);
  const { effect } = outcome;
  if (effect.of === "group") for (const one of effect.withheld) log.warn({ actor }, describeWithheld(one));
  if (effect.of === "user" && effect.withheld) log.warn({ actor }, describeWithheld(effect.withheld));
  const left = effect.of === "user" && effect.keys && describeLeftKeys(effect.keys);
  if (left) log.warn({ actor, target }, left);
  const facts = { actor, kind, verb, target, ...(ignored.length > 0 && { ignored }) };
  if (undone) {
    const { code, detail, rules } = undone;
    log.warn({ ...facts, code, rules }, `only what it takes away is done: ${detail}`);
  } else if (ignored.length > 0) log.info(facts, "what is unknown here is ignored");
}
