/** The two places of a secret that is rotated, as the agent sees them: as it goes over the wire, without a value. */
import { z } from "zod";
import { Duration } from "../model/duration.ts";
import { Time } from "../model/time.ts";
import { FingerprintKey } from "./preflight.ts";
import { TokenUse } from "./token-use.ts";

export const SlotsRequest = z.strictObject({
  secret: z.string().describe("The entry of the active release."),
  key: FingerprintKey,
});
export type SlotsRequest = z.infer<typeof SlotsRequest>;

export const Slot = z.object({
  reference: z.string(),
  state: z
    .enum(["filled", "empty", "unread"])
    .describe(
      "`unread`: it cannot be read now, and what is said of a value is of the last one, if there was one. An `empty` one has a problem where the connector goes on with a value that is in no slot.",
    ),
  problem: z
    .string()
    .nullable()
    .describe("Why it cannot be read, or why its value opens nothing; a sentence without a full stop."),
  hmac: z
    .string()
    .nullable()
    .describe(
      "HMAC-SHA-256 of its value by the given key; null where there is none, or one that can be guessed.",
    ),
  since: Time.nullable().describe("When the agent saw the value first."),
  expires: Time.nullable().describe("Null: it has no lifetime, or is not known."),
  isLetIn: z.boolean().describe("Whether the connector takes it now."),
  lastUsed: TokenUse.nullable().describe("When somebody was let in by it last."),
  unusedFor: z
    .number()
    .describe(
      "In milliseconds, since it was used, or since the agent started: nobody has seen what came before.",
    ),
});
export type Slot = z.infer<typeof Slot>;

export const RefusedRequests = z.object({
  kind: z
    .enum(["unknown", "former", "ended"])
    .describe(
      "With what they came: a token that was never let in, one that was let in before (here or by another connector), or one of a slot that is past its lifetime.",
    ),
  requests: z.number(),
  within: z.number().describe("In so many milliseconds: the last hour, or since the agent started."),
  last: TokenUse,
});
export type RefusedRequests = z.infer<typeof RefusedRequests>;

export const SlotList = z.object({
  secret: z.string(),
  connector: z.string().nullable().describe("Whose fixed token it is; null where it is nobody's."),
  quiet: Duration.describe("For how long nobody may have come with the old value before it is withdrawn."),
  release: z.string().describe("The digest of the active release."),
  now: Time,
  isOneValue: z.boolean().describe("Whether all slots that are filled hold the same."),
  slots: z.array(Slot).describe("In the order of the references."),
  withdrawn: TokenUse.nullable().describe("The last use of any value that is in no slot any more."),
  refused: z
    .array(RefusedRequests)
    .describe("Who came to the connector lately with a token that lets nobody in."),
});
export type SlotList = z.infer<typeof SlotList>;
