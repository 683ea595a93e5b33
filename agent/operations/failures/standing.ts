/** Which failures stand. */
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from "kysely";
import type { Time } from "../../../model/time.ts";
import type { FailureWhat, Store, Tables } from "../../store/schema.ts";
import { failureLimits } from "./record.ts";

/** `isStanding`, for a query. */
export function stands(now: Time) {
  return ({
    or,
    eb,
  }: ExpressionBuilder<Tables, "failures">): ExpressionWrapper<Tables, "failures", SqlBool> =>
    or([
      eb.and([eb("standing", ">", 0), eb("last_at", ">", now - failureLimits.lapse)]),
      eb.and([eb("people", "=", 0), eb("last_at", ">", now - failureLimits.nobody)]),
    ]);
}

export interface StandingFailures {
  readonly connector: string;
  readonly what: FailureWhat;
  readonly count: number;
  /** For how many users and groups. */
  readonly standing: number;
}

/** Their numbers, by connector and by what became of what was asked for. */
export function standingFailures(store: Store, now: Time): Promise<StandingFailures[]> {
  return store
    .selectFrom("failures")
    .select(({ fn }) => [
      "connector",
      "what",
      fn.countAll<number>().as("count"),
      fn.sum<number>("standing").as("standing"),
    ])
    .where(stands(now))
    .groupBy(["connector", "what"])
    .execute();
}
