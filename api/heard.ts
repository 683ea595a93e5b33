/** What a connector's identity provider sent of late, as it goes over the wire: of what kind, and what came of it; no value of it, and nobody's name. */
import { z } from "zod";
import { ConnectorStep } from "../model/environment/connector-step.ts";
import { MaskedPart } from "../model/scim/masked-part.ts";
import { Time } from "../model/time.ts";

export const HeardRequest = z.strictObject({
  number: z.int().positive().describe("Ascending, from the agent's start."),
  at: Time,
  connector: z.string().nullable().describe("Null: it came to an address that no connector has."),
  method: z.string(),
  path: z
    .string()
    .describe(
      "Below the connector's base URL, of what kind it is: `Users`, `Users/:id`, `Users/.search`, `other`.",
    ),
  target: z.string().nullable().describe("The SCIM id."),
  status: z.int(),
  outcome: z
    .enum(["done", "refused", "held", "turnedAway"])
    .describe("`turnedAway`: nobody was let in, and nothing of a body was read."),
  code: z.string().nullable(),
  rules: z.array(z.string()).describe("The constraints that are the reason."),
  hold: z.string().nullable().describe("Where it waits."),
  parts: z.array(MaskedPart),
});
export type HeardRequest = z.infer<typeof HeardRequest>;

export const HeardPage = z.object({
  run: z.string().describe("Another one after each start of the agent, when numbers begin again."),
  last: z
    .int()
    .nonnegative()
    .describe("The number of the last request, of whichever connector: `after` of the next question."),
  requests: z.array(HeardRequest).describe("Oldest first."),
});
export type HeardPage = z.infer<typeof HeardPage>;

/** What somebody has watched, and the agent is to keep. */
export const TestRequest = z.strictObject({
  connector: z.string(),
  run: z.string().describe("That of the answers by which it was watched."),
  after: z.int().nonnegative().describe("What came after this number is part of it."),
});
export type TestRequest = z.infer<typeof TestRequest>;

/** What came of a step the last time that it came while somebody watched. */
export const TriedStep = z.object({
  step: ConnectorStep,
  outcome: HeardRequest.shape.outcome,
  at: Time,
});
export type TriedStep = z.infer<typeof TriedStep>;

export const TestKept = z.object({ steps: z.array(TriedStep) });
export type TestKept = z.infer<typeof TestKept>;
