/** A release as a file, for where terraform cannot reach the agent: `stacks/` writes it, `hgscim agent load` reads it. */
import { z } from "zod";
import { canonicalJson } from "./canonical.ts";
import { digest as digestOf } from "./digest.ts";
import { Accept } from "./environment/bounds.ts";
import { Digest } from "./environment/common.ts";
import type { LoadedEnvironment } from "./load.ts";
import { safeParse } from "./parse.ts";
import { Release } from "./release.ts";
import { fail, ok, type Result } from "./result.ts";

export const ReleaseFile = z.strictObject({
  digest: Digest.describe("The release's own, by which damage and later changes are noticed."),
  release: Release,
  sources: z.record(z.string(), z.string()).describe("Where each entry was written: file:line:column."),
  accept: Accept.exactOptional().describe("What was accepted beyond the bounds, outside the digest."),
});
export type ReleaseFile = z.infer<typeof ReleaseFile>;

/** What of an environment travels. */
export type ReleaseParts = Pick<LoadedEnvironment, "release" | "sources" | "accept">;

/** The file's text: canonical JSON, so that it is the same on every machine. */
export function releaseFileText(
  { release, sources, accept }: ReleaseParts,
  digest = digestOf(release),
): string {
  return `${canonicalJson({ digest, release, sources, ...(accept && { accept }) })}\n`;
}

/**
 * Reads a file's text.
 *
 * @returns the reason, to stand behind the file's name, where it is not what was written at synthesis
 */
export function parseReleaseFile(text: string): Result<ReleaseFile, string> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return fail("not JSON (expected the release file that synthesis wrote, whole)");
  }
  const parsed = safeParse(ReleaseFile, data);
  if (!parsed?.success) {
    const [issue] = parsed?.error.issues ?? [{ path: [], message: "more mistakes than can be told" }];
    const what = [issue?.path.join("."), issue?.message].filter(Boolean).join(": ");
    return fail(`not a release file of this version (${what})`);
  }
  const { digest, release } = parsed.data;
  const found = digestOf(release);
  return found === digest
    ? ok(parsed.data)
    : fail(`changed after synthesis: its release is ${found} (expected ${digest})`);
}
