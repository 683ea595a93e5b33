/** What of a release's connectors was not tried where its policy runs already. */
import type { TriedStep } from "../../api/heard.ts";
import { milliseconds } from "../../model/duration.ts";
import type { Promotion } from "../../model/environment/delivery.ts";
import type { Release } from "../../model/release.ts";
import type { Time } from "../../model/time.ts";
import { describeDuration } from "../duration.ts";
import type { UntriedConnector } from "../promotion.ts";
import { stepNames, stepsOfConnector } from "./steps.ts";

const outcomes: Readonly<Record<TriedStep["outcome"], string>> = {
  done: "was done",
  refused: "was refused the last time",
  held: "was held the last time",
  turnedAway: "was not let in",
};

/**
 * The connectors that an identity provider writes to, and of which a step is missing.
 *
 * @param tried what the agent there has seen; undefined where it keeps nothing of that
 * @param now its time
 */
export function untriedConnectors(
  { connectors }: Pick<Release, "connectors">,
  { steps: wanted, within }: NonNullable<Promotion["connectorTest"]>,
  tried: Readonly<Record<string, readonly TriedStep[]>> | undefined,
  now: Time,
): UntriedConnector[] {
  return Object.entries(connectors).flatMap(([connector, declared]) => {
    if (!declared.auth) return [];
    const seen = new Map(tried?.[connector]?.map((one) => [one.step, one]));
    const steps = stepsOfConnector(declared).flatMap(({ step, press }) => {
      if (wanted && !wanted.includes(step)) return [];
      const last = seen.get(step);
      const age = last && now - last.at;
      const why =
        tried === undefined
          ? "is not told: the agent is of an older version"
          : last?.outcome === "done" && age !== undefined
            ? age <= milliseconds(within)
              ? undefined
              : `was done ${describeDuration(age)} ago (expected within ${within})`
            : last
              ? outcomes[last.outcome]
              : "did not come while anybody watched";
      return why === undefined ? [] : { name: stepNames[step], press, why };
    });
    return steps.length > 0 ? { connector, steps } : [];
  });
}
