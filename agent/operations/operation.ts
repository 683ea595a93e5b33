/**
 * An operation: one write as plain data, whichever direction it comes from. It can be a row, be shown, be judged again
 * tomorrow, or be played against another release: nothing in it is a function.
 */
import { z } from "zod";
import { Activation, ClockWord, HoldWord, MembershipsKept, QuarantineWord } from "../../api/contract.ts";
import { Digest } from "../../model/environment/common.ts";
import { Time } from "../../model/time.ts";
import { isObject, type Json, type JsonObject } from "../../scim/json.ts";

const Body = z.custom<JsonObject>((value) => isObject(value as Json), { error: "not a JSON object" });

/**
 * A trace context (W3C Trace Context, section 3.2): version, trace, parent and flags, none of them what means nothing. Of a later
 * version that says more, nothing is taken.
 */
const Traceparent = z
  .string()
  .regex(/^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/);

/** Opaque versions, as entity tags have them; `*` stands for whatever is there (RFC 9110, section 13.1). */
const Versions = z.union([z.literal("*"), z.array(z.string())]);

/** The trace that a request says it is a part of; nothing of a header that is none. */
export function traced(headers: Readonly<Record<string, unknown>>): Pick<ResourceOperation, "traceparent"> {
  const read = Traceparent.safeParse(headers.traceparent);
  return read.success ? { traceparent: read.data } : {};
}

/** By whom an operation is asked for. */
const by = {
  actor: z.string().describe("Who does it: `scim:okta`, `admin:ci`, `local:root`."),
  traceparent: Traceparent.exactOptional().describe("The trace that the request is a part of."),
};

const Conditions = z
  .strictObject({ ifMatch: Versions.exactOptional(), ifNoneMatch: Versions.exactOptional() })
  .describe("The versions of the resource on whose condition it is done.");
export type Conditions = z.infer<typeof Conditions>;

const resource = {
  ...by,
  kind: z.enum(["user", "group"]),
  connector: z.string(),
  takesAwayOnly: z
    .enum([
      "tokenInDoubt",
      "tokenWithdrawn",
      "secretMissing",
      "addressMoved",
      "diskFull",
      "quarantined",
      "storeRestored",
    ])
    .exactOptional()
    .describe(
      "Why no more of it may be done than what it takes away: the token may have ended, has ended or may have been replaced, it came to a former address, the disk is full, too many writes of its connector failed, or it was held in a copy of the store from before.",
    ),
};
const id = z.string().describe("The SCIM id of the resource.");
const condition = Conditions.exactOptional();

/** What identity providers do (RFC 7644, sections 3.3, 3.5.1, 3.5.2 and 3.6). */
export const ResourceOperation = z.discriminatedUnion("verb", [
  z.strictObject({ ...resource, verb: z.literal("create"), body: Body }),
  z.strictObject({ ...resource, verb: z.literal("replace"), id, body: Body, condition }),
  z.strictObject({ ...resource, verb: z.literal("modify"), id, body: Body, condition }),
  z.strictObject({ ...resource, verb: z.literal("delete"), id, condition }),
]);
export type ResourceOperation = z.infer<typeof ResourceOperation>;

/** Whether an identity provider does it. */
export function isResource(operation: Operation): operation is ResourceOperation {
  return operation.kind === "user" || operation.kind === "group";
}

/** What writes of one resource have in common: another connector's of the same id is none. */
export function placeOf(operation: ResourceOperation): string | undefined {
  return "id" in operation ? `${operation.connector}/${operation.id}` : undefined;
}

const environment = z.string().describe("The environment whose release it is.");
const Expected = Digest.nullable().describe("The release that is believed to be active; null for none.");

/** A release becomes active, or the active one ends; or the one before it comes back, since Mercurial does not go by it. */
export const ReleaseOperation = z.discriminatedUnion("verb", [
  z.strictObject({
    ...by,
    kind: z.literal("release"),
    verb: z.literal("activate"),
    id: environment,
    body: Activation,
    condition: Expected,
  }),
  z.strictObject({
    ...by,
    kind: z.literal("release"),
    verb: z.literal("deactivate"),
    id: environment,
    condition: Expected,
  }),
  z.strictObject({
    ...by,
    kind: z.literal("release"),
    verb: z.literal("return"),
    id: environment,
    body: Activation.pick({ release: true, origin: true })
      .nullable()
      .describe("What was active before, and is again; null for no release."),
    condition: Digest,
    because: z.string().describe("Why the one that came does not stay."),
  }),
]);
export type ReleaseOperation = z.infer<typeof ReleaseOperation>;

const account = {
  ...by,
  kind: z.literal("account"),
  id: z.string().describe("The account."),
  memberships: MembershipsKept.exactOptional(),
};

/** An account is the user's from whom it was withheld; or it is nobody's any more, and may go to another person. */
export const AccountOperation = z.discriminatedUnion("verb", [
  z.strictObject({ ...account, verb: z.literal("confirm"), user: id }),
  z.strictObject({ ...account, verb: z.literal("release") }),
]);
export type AccountOperation = z.infer<typeof AccountOperation>;

/** The users of a connector may have other externalIds, until a time; null: no longer. */
export const RenumberOperation = z.strictObject({
  ...by,
  kind: z.literal("connector"),
  verb: z.literal("renumber"),
  id: z.string().describe("The connector."),
  until: Time.nullable(),
});
export type RenumberOperation = z.infer<typeof RenumberOperation>;

/** What an approver says about a connector; `confirm` is what follows from it for the next of those who wait. */
export const ConnectorOperation = z.discriminatedUnion("verb", [
  RenumberOperation,
  z.strictObject({
    ...by,
    kind: z.literal("connector"),
    verb: z.literal("confirm"),
    id: z.string().describe("The connector."),
    after: z.int().min(0).describe("The place of the last user who was looked at; 0 for none."),
  }),
]);
export type ConnectorOperation = z.infer<typeof ConnectorOperation>;

/** The quarantine of a connector ends by an approver's word. */
export const QuarantineOperation = QuarantineWord.extend({
  ...by,
  kind: z.literal("quarantine"),
  verb: z.literal("end"),
  id: z.string().describe("The connector."),
});
export type QuarantineOperation = z.infer<typeof QuarantineOperation>;

/** The clock of the agent's system is right, in place of the agent's own time. */
export const ClockOperation = ClockWord.extend({
  ...by,
  kind: z.literal("clock"),
  verb: z.literal("accept"),
});
export type ClockOperation = z.infer<typeof ClockOperation>;

const hold = { ...by, kind: z.literal("hold"), id: z.string().describe("The id of the hold.") };
const word = {
  ...hold,
  ...HoldWord.omit({ decision: true }).shape,
  account: z.string().exactOptional().describe("The account of whoever decides, where it is known."),
};

/**
 * What becomes of a held operation: a person lets it be done or ends it; or it is judged again, since its cause may have gone, or
 * looked at since its time is over.
 */
export const HoldOperation = z.discriminatedUnion("verb", [
  z.strictObject({ ...word, verb: z.literal("approve") }),
  z.strictObject({ ...word, verb: z.literal("discard") }),
  z.strictObject({ ...hold, verb: z.literal("judge") }),
  z.strictObject({ ...hold, verb: z.literal("lapse") }),
]);
export type HoldOperation = z.infer<typeof HoldOperation>;
/** Somebody takes a right for themselves for a while, or gives it back. */
export const BreakGlassOperation = z.discriminatedUnion("verb", [
  z.strictObject({
    ...by,
    kind: z.literal("break-glass"),
    verb: z.literal("take"),
    id: z.string().describe("The account of who takes it."),
    repository: z.string(),
    span: z.int().min(1).describe("For how long, in milliseconds."),
    reason: z.string(),
  }),
  z.strictObject({
    ...by,
    kind: z.literal("break-glass"),
    verb: z.literal("end"),
    id: z.string().describe("That of the right that was taken."),
    of: z.string().nullable().describe("Whose it must be; null for anybody's."),
  }),
]);
export type BreakGlassOperation = z.infer<typeof BreakGlassOperation>;

export const Operation = z.union([
  ResourceOperation,
  ReleaseOperation,
  AccountOperation,
  ConnectorOperation,
  ClockOperation,
  HoldOperation,
  BreakGlassOperation,
  QuarantineOperation,
]);
export type Operation = z.infer<typeof Operation>;
