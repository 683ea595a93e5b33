/** The text of a release as the store has it, and what stands beside it: read as what anybody may have altered. */
import { Origin, type StoredRelease } from "../../api/contract.ts";
import { digestOfText, digestsOf, type ReleaseData } from "../../model/digest.ts";
import { Release } from "../../model/release.ts";
import { fail, ok, type Result } from "../../model/result.ts";

/** Why a past release cannot be had. */
export interface Unarchived {
  readonly code: "notThere" | "otherVersionOfHgscim" | "releaseAltered";
  readonly detail: string;
}

/** What a stored text says by itself. */
export type Read = Pick<StoredRelease, "release" | "digest" | "policyDigest" | "bindingsDigest">;

/**
 * A stored release, where its text has its digest, by its bytes. The digests of its parts are made of the text again: those
 * stored beside it are of the version that wrote them, and may have been altered.
 */
export function readStored(digest: string, text: string | null): Result<Read, Unarchived> {
  if (text === null || digestOfText(text) !== digest)
    return fail({ code: "releaseAltered", detail: altered(digest) });
  const data: unknown = JSON.parse(text);
  const release = Release.safeParse(data);
  if (!release.success)
    return fail({
      code: "otherVersionOfHgscim",
      detail: `release ${digest} is of a version that wrote releases differently`,
    });
  const { policy, bindings } = digestsOf(data as ReleaseData);
  return ok({ release: release.data, digest, policyDigest: policy, bindingsDigest: bindings });
}

/** What is told of a text that is not what was activated. */
export function altered(digest: string): string {
  return `release ${digest} is not what was activated: its text does not have its digests`;
}

/** What is told where it is not certain which release is active. */
export function contradicted(named: readonly string[]): string {
  return `what is stored contradicts itself: of which release is active it says ${named.join(" and ")}, and something was taken out or altered`;
}

/** Where a release is from, for people: what was altered says nothing. */
export function readOrigin(text: string): Origin {
  try {
    const origin = Origin.safeParse(JSON.parse(text));
    if (origin.success) return origin.data;
  } catch {
    // no JSON any more
  }
  return { sources: {} };
}
