/** What a receiver is told, as JSON: the body of a webhook, from which an e-mail is made too. */
import { z } from "zod";
import type { Time } from "../../model/time.ts";
import { isoTime } from "../../report/time.ts";
import type { AlertEvent } from "./event.ts";

export const Payload = z.object({
  type: z.string().describe("`hgscim.` and the kind of the event; `hgscim.test` of a test."),
  timestamp: z.string().describe("When it happened; of several, the last one."),
  text: z.string().describe("All of it in a sentence, which chat services show."),
  data: z.object({
    environment: z.string(),
    matter: z.string().describe("The same for all events that are told together."),
    connector: z.string().exactOptional(),
    rule: z.string().exactOptional(),
    owner: z.string().exactOptional().describe("The team that answers for the rule, else for the connector."),
    count: z.int().describe("How many events it stands for: more than one is a digest."),
    since: z.string().describe("When the first of them happened."),
    removals: z
      .int()
      .exactOptional()
      .describe(
        "Of a digest of holds: how many of them are removals, at least; they stand for access that somebody keeps.",
      ),
    summary: z.string(),
    detail: z.string().exactOptional().describe("May name people: only where the alert says names: true."),
    subject: z.string().exactOptional().describe("What it is about, likewise."),
  }),
});
export type Payload = z.infer<typeof Payload>;

/** How many of the holds that a digest tells of are removals. */
export interface RemovalsTold {
  readonly count: number;
  /** Whether it is not known of each. */
  readonly isLeast: boolean;
}

export interface Telling extends Omit<AlertEvent, "kind" | "destination"> {
  readonly kind: string;
  readonly environment: string;
  readonly matter: string;
  readonly at: Time;
  /** Of a digest: how many events, and when the first of them happened. */
  readonly count?: number;
  readonly since?: Time;
  readonly removals?: RemovalsTold;
  /** Whether people may be named. */
  readonly names: boolean;
}

/** Whose sentence says already who answers for it. */
const namesOwner: ReadonlySet<string> = new Set(["held", "failed"]);

/** The body of a delivery. */
export function payloadOf({
  kind,
  environment,
  matter,
  connector,
  rule,
  owner,
  subject,
  summary,
  detail,
  at,
  count = 1,
  since = at,
  removals,
  names,
}: Telling): Payload {
  const times =
    count > 1
      ? `${count} times since ${isoTime(since)}${removals ? describeRemovals(removals, rule) : ""}, last: `
      : "";
  const told = `${times}${names ? detail : summary}`;
  const who = owner === undefined || namesOwner.has(kind) ? "" : ` (owner: ${owner})`;
  return {
    type: `hgscim.${kind}`,
    timestamp: isoTime(at),
    text: `hgscim ${environment}: ${kind}${connector === undefined ? "" : ` at ${connector}`}: ${told}${who}`,
    data: {
      environment,
      matter,
      ...(connector !== undefined && { connector }),
      ...(rule !== undefined && { rule }),
      ...(owner !== undefined && { owner }),
      ...{ count, since: isoTime(since) },
      ...(removals && { removals: removals.count }),
      summary,
      ...(names && { detail, subject }),
    },
  };
}

/** An addition that came last hides no removal before it. */
function describeRemovals({ count, isLeast }: RemovalsTold, rule: string | undefined): string {
  const number = isLeast ? `at least ${count}` : count === 0 ? "none" : `${count}`;
  const by = rule === undefined ? "" : ` by ${rule}`;
  return `, ${number} of them held ${count === 1 ? "as a removal" : "as removals"}${by}`;
}

/** A test, which says that it is one. */
export function testPayload(environment: string, at: Time): Payload {
  return payloadOf({
    ...{ kind: "test", environment, matter: "test", subject: "test", at, names: false },
    summary: "this is a test: nothing happened",
    detail: "this is a test: nothing happened",
  });
}
