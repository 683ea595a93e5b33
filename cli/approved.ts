/** The options by which a deploy is held to what was approved. Whatever runs terraform is told by the environment, and so is what it starts. */
import { Option } from "@commander-js/extra-typings";
import { parseApproval } from "../model/approval.ts";
import { UsageError } from "./usage.ts";

export const approvedOption = new Option(
  "--approved <line>",
  "deploy nothing but what a review's line approves, as HGSCIM_APPROVED says too",
).argParser((text) => {
  const parsed = parseApproval(text);
  if (parsed.ok) return text;
  throw new UsageError(`--approved is no approval: ${parsed.error}`);
});

export const approvedByOption = new Option(
  "--approved-by <name>",
  "who approved it, for the history",
).argParser((text) => {
  if (text.trim() !== "" && text.length <= 256) return text;
  throw new UsageError("--approved-by is no name (expected who approved it, in at most 256 characters)");
});

/** The environment variables that say the same as the options. */
export function approvalVariables({
  approved,
  approvedBy,
}: {
  readonly approved?: string | undefined;
  readonly approvedBy?: string | undefined;
}): NodeJS.ProcessEnv {
  if (approvedBy !== undefined && approved === undefined && process.env.HGSCIM_APPROVED === undefined)
    throw new UsageError("what did they approve? (expected --approved <line> beside --approved-by)");
  return {
    ...(approved !== undefined && { HGSCIM_APPROVED: approved }),
    ...(approvedBy !== undefined && { HGSCIM_APPROVED_BY: approvedBy }),
  };
}
