/** What is looked at before a release becomes active, so that what would go wrong is told beforehand: as it goes over the wire. */
import { z } from "zod";
import { Release } from "../model/release.ts";
import type { Milliseconds } from "../model/time.ts";

/** In which an agent has looked at all of it: a client waits for ten seconds. */
export const longestLook: Milliseconds = 7_000;

/** What a check is about. */
const checkSubjects = [
  "variable",
  "secret",
  "endpoint",
  "issuer",
  "address",
  "host",
  "set",
  "agent",
] as const;

export const PreflightCheck = z.strictObject({
  subject: z
    .enum(checkSubjects)
    .describe(
      "`address`: where a provider reaches a connector; `set`: what a permission set or another entry names; `host`: the Mercurial host.",
    ),
  name: z.string().describe("The variable; the reference, the entry or the file where there is none."),
  what: z.string().describe("What of it was looked at."),
  state: z
    .enum(["ok", "warning", "failed", "unknown"])
    .describe("`failed` stops a deploy; `unknown`: it was not looked at, and `found` says why."),
  found: z.string().describe("Never a secret value, nor a part of one."),
  expected: z.string().exactOptional(),
  mend: z.string().exactOptional().describe("How it becomes as it is expected."),
  owner: z.string().exactOptional().describe("Who answers for it."),
  entry: z
    .string()
    .exactOptional()
    .describe("The entry of the environment file, such as `variables.SCIM_AUTH_TOKEN`."),
});
export type PreflightCheck = z.infer<typeof PreflightCheck>;

export const PreflightRequest = z.strictObject({
  release: Release.nullable().describe("Null: the active one."),
  only: z
    .literal("new")
    .exactOptional()
    .describe(
      "Nothing is looked at that the active release names already: what was so before stops no deploy.",
    ),
  within: z
    .int()
    .min(100)
    .max(longestLook)
    .exactOptional()
    .describe("Milliseconds, after which what was not found out is told as that; 7 s when absent."),
});
export type PreflightRequest = z.infer<typeof PreflightRequest>;

export const PreflightAnswer = z.object({ checks: z.array(PreflightCheck) });
export type PreflightAnswer = z.infer<typeof PreflightAnswer>;

export const FingerprintKey = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: "not a key (expected 64 hexadecimal digits, made for this alone)" })
  .describe("Of HMAC-SHA-256; another one each time.");

/** By what values of two agents are compared, without either knowing the other's. */
export const FingerprintRequest = z.strictObject({
  release: Release.nullable().describe("Null: the active one."),
  key: FingerprintKey,
});
export type FingerprintRequest = z.infer<typeof FingerprintRequest>;

export const FingerprintList = z.object({
  fingerprints: z
    .array(z.object({ secret: z.string(), reference: z.string(), hmac: z.string() }))
    .describe("Of values that nobody can guess; of others there is none."),
});
export type FingerprintList = z.infer<typeof FingerprintList>;
