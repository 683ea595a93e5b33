/** HGSCIM_ONLY: the one release that may be deployed, as a pipeline knows it from the review. Whatever runs terraform is held to it. */
import type { Diagnostic } from "./plugin/index.ts";

/** At least so many digits, so that no other release begins like it by chance. */
const form = /^(?:sha256:)?([0-9a-f]{12,64})$/;

/** What names one release. */
export const onlyForm = "sha256: and 64 digits, or the first 12 of them at least";

/** Whether a text names one release: nothing names none, and would let every release through. */
export function namesOneRelease(text: string): boolean {
  return form.test(text);
}

/**
 * Why this release may not be deployed now; nothing where it may.
 *
 * @param digest that of the release; null for none, since the end of a release is none that was named
 */
export function otherThanOnly(digest: string | null, only = process.env.HGSCIM_ONLY): Diagnostic[] {
  if (only === undefined) return [];
  const [, digits] = form.exec(only) ?? [];
  if (digits === undefined)
    return [
      {
        severity: "error",
        summary: "HGSCIM_ONLY is no digest",
        detail: `Expected ${onlyForm}. Nothing has changed.`,
      },
    ];
  if (digest?.startsWith(`sha256:${digits}`)) return [];
  return [
    {
      severity: "error",
      summary: "This is not the release that may be deployed",
      detail: `HGSCIM_ONLY is ${only}, and this is ${digest ?? "the end of the release"}. Nothing has changed.`,
    },
  ];
}
