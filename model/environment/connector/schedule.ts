/** When a connector's identity provider is heard or asked, and what happens when that fails. */
import { z } from "zod";
import { cronProblem } from "../../cron.ts";
import { Duration, inLargestUnit, milliseconds } from "../../duration.ts";
import { coded, issueOf } from "../../issue.ts";
import { Count, Share } from "../common.ts";

const Span = Duration.refine((text) => !/^0[smhd]$/.test(text), {
  error: "no time at all (expected at least 1s)",
  params: coded("out-of-bounds"),
}).overwrite(inLargestUnit);

const Jitter = Duration.overwrite(inLargestUnit)
  .default("0s")
  .describe("Up to so much later, at random, so that not all start at once.")
  .meta({ examples: ["5m"] });

export const Cycle = z
  .strictObject({
    every: Span.exactOptional()
      .describe("The time from one round to the next.")
      .meta({ examples: ["40m"] }),
    cron: z
      .string()
      .check(({ value, issues }) => {
        const message = cronProblem(value);
        if (message !== undefined) issues.push(issueOf("malformed-value", message, value));
      })
      .exactOptional()
      .describe("In place of `every`: minute, hour, day of month, month, day of week, in UTC.")
      .meta({ examples: ["*/30 * * * *"] }),
    jitter: Jitter,
  })
  .check(({ value: { every, cron, jitter }, issues }) => {
    if (every !== undefined && cron !== undefined)
      issues.push(issueOf("conflicting-keys", "cron beside every (expected one of them)", cron, "cron"));
    if (every === undefined && cron === undefined)
      issues.push(issueOf("missing-key", "nothing (expected every or cron)", undefined, "every"));
    if (every !== undefined && milliseconds(every) > 0 && milliseconds(jitter) >= milliseconds(every)) {
      const message = `${jitter} is not less than every (expected less than ${every})`;
      issues.push(issueOf("out-of-bounds", message, jitter, "jitter"));
    }
  });

/** The same order in `retry` and `quarantine`: it begins with `first`, and never takes longer than `max`. */
function inOrder({
  value: { first, max },
  issues,
}: z.core.ParsePayload<{ first: Duration; max: Duration }>): void {
  if (milliseconds(first) > milliseconds(max))
    issues.push(
      issueOf("out-of-bounds", `${first} is more than max (expected at most ${max})`, first, "first"),
    );
}

const positive = { error: "too few (expected 1 or more)" };

export const Retry = z
  .strictObject({
    attempts: z
      .int()
      .min(1, positive)
      .describe("How often what failed is tried again before somebody is told.")
      .meta({ examples: [8] }),
    first: Span.describe("The wait before the first of them; each further one waits twice as long.").meta({
      examples: ["1s"],
    }),
    max: Span.describe("The longest wait.").meta({ examples: ["1h"] }),
  })
  .check(inOrder);

export const RateLimit = z.strictObject({
  requests: z
    .int()
    .min(1, positive)
    .describe("The most requests in that time.")
    .meta({ examples: [600] }),
  per: Span.describe("The time in which they are counted.").meta({ examples: ["1m"] }),
});

export const Quarantine = z
  .strictObject({
    failures: Share.refine((share) => share !== "0%", {
      error: "no share (expected at least 1%)",
      params: coded("out-of-bounds"),
    })
      .describe(
        "The share of the writes of the last hour that fail from which on the connector is quarantined: it only takes access away.",
      )
      .meta({
        examples: ["50%"],
      }),
    above: Count.default(0)
      .describe("So many failures never are enough, whatever share they are.")
      .meta({ examples: [20] }),
    first: Span.describe(
      "How long a quarantine lasts before the connector is tried again; each further one lasts twice as long.",
    ).meta({ examples: ["1h"] }),
    max: Span.describe("The longest that one lasts.").meta({ examples: ["24h"] }),
  })
  .check(inOrder);
