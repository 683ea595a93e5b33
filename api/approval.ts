/** Approvals as the admin API takes them, and as it tells them of what was activated. */
import { z } from "zod";
import { type Approval, parseApproval } from "../model/approval.ts";
import { Digest } from "../model/environment/common.ts";

/** The line that a review prints. */
export const ApprovalLine = z.string().transform((text, context): Approval => {
  const parsed = parseApproval(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: "custom", message: `no approval: ${parsed.error}` });
  return z.NEVER;
});

/** What an activation is held to. */
export const GivenApproval = z.strictObject({
  line: ApprovalLine,
  by: z
    .string()
    .trim()
    .min(1)
    .max(256)
    .exactOptional()
    .describe("Who approved, as whoever sends it says; the agent does not know."),
});
export type GivenApproval = z.infer<typeof GivenApproval>;

/** What an activation was held to. */
export const KeptApproval = z.object({
  effect: Digest.describe("Of what the review said that it does to people."),
  by: z.string().exactOptional(),
});
export type KeptApproval = z.infer<typeof KeptApproval>;
