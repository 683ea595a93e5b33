/** What this machine was told that may be deployed, and nothing else: by HGSCIM_ONLY, and by HGSCIM_APPROVED. */
import { otherThanApproved } from "./approved.ts";
import { otherThanOnly } from "./only.ts";
import type { Diagnostic } from "./plugin/index.ts";

/**
 * Why something may not be done; nothing where it may.
 *
 * @param digest of the release; null for the end of one
 */
export function otherThanNamed(
  environment: string,
  digest: string | null,
  { HGSCIM_ONLY: only, HGSCIM_APPROVED: approved }: NodeJS.ProcessEnv = process.env,
): Diagnostic[] {
  return [...otherThanOnly(digest, only), ...otherThanApproved(environment, digest, approved)];
}
