/**
 * HGSCIM_APPROVED: the line that a review printed. Whatever runs terraform deploys what was approved, and nothing else: an empty one, as of a
 * line that a pipeline did not find, approves nothing.
 */
import { approvalLine, parseApproval } from "../model/approval.ts";
import type { Diagnostic } from "./plugin/index.ts";

/** What an activation is held to, and who said so. */
export interface SentApproval {
  readonly line: string;
  readonly by?: string;
}

/**
 * What this machine was told to hold activations to; nothing where it was told nothing.
 *
 * @throws {Error} where that is no line
 */
export function sentApproval(
  { HGSCIM_APPROVED: text, HGSCIM_APPROVED_BY: by }: NodeJS.ProcessEnv = process.env,
): SentApproval | undefined {
  if (text === undefined) return undefined;
  const parsed = parseApproval(text);
  if (!parsed.ok) throw new Error(`HGSCIM_APPROVED is no approval: ${parsed.error}`);
  const name = by?.trim().slice(0, 256);
  return { line: approvalLine(parsed.value), ...(name && { by: name }) };
}

/**
 * Why this may not be done by what was approved, as far as this machine can tell; nothing where it may, or nothing was approved. The agent
 * looks at all else.
 *
 * @param digest that of the release; null for none, since nobody approves the end of a release so
 */
export function otherThanApproved(
  environment: string,
  digest: string | null,
  text = process.env.HGSCIM_APPROVED,
): Diagnostic[] {
  if (text === undefined) return [];
  const parsed = parseApproval(text);
  const refuse = (summary: string, detail: string): Diagnostic[] => [
    { severity: "error", summary, detail: `${detail}. Nothing has changed.` },
  ];
  if (!parsed.ok) return refuse("HGSCIM_APPROVED is no approval", `As it stands, ${parsed.error}`);
  const { environment: approved, release } = parsed.value;
  if (environment !== approved)
    return refuse(
      `This approval is of the environment ${approved}, and not of ${environment}`,
      `Expected in HGSCIM_APPROVED what a review of ${environment} printed`,
    );
  if (digest === release) return [];
  return refuse(
    "This is not the release that was approved",
    `HGSCIM_APPROVED is of ${release}, and this is ${digest ?? "the end of the release"}`,
  );
}
