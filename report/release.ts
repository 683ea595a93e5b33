/** Releases in words: which one it is, and what its activation did. */
import type { ActiveRelease, Impact, StoredRelease } from "../api/contract.ts";
import { isoTime } from "./time.ts";
import { printable } from "./words.ts";

/** The digest of the active release, or that there is none. */
export function digestOrNone(digest: string | null): string {
  return digest ?? "none";
}

/** Enough of a digest to tell it from others, and to give to `rollback --to`. */
export function shortDigest(digest: string | null): string {
  return digestOrNone(digest)
    .replace(/^sha256:/, "")
    .slice(0, 12);
}

/** A revision as a table shows it: its first 12 characters, and whether files were edited besides. */
export function shortRevision(revision: string): string {
  const [hash = "", ...marks] = revision.split("-");
  return [hash.slice(0, 12), ...marks].join("-");
}

/** `release 3f2a…, active from 2026-01-05T10:00:00Z, revision 1f0c` */
export function describeRelease({ digest, activatedAt, origin }: StoredRelease): string {
  const revision = origin.revision === undefined ? "" : `, revision ${printable(origin.revision)}`;
  return `release ${shortDigest(digest)}, active from ${isoTime(activatedAt)}${revision}`;
}

/** What an activation did, on one line, for the audit. */
export function describeActivation(
  { digest, policyDigest, origin }: ActiveRelease,
  { lose, gain, acceptance }: Pick<Impact, "lose" | "gain" | "acceptance">,
): string {
  return [
    `release ${digest}`,
    `policy ${policyDigest}`,
    ...(origin.author ? [`by ${origin.author}`] : []),
    ...(origin.revision ? [`revision ${origin.revision}`] : []),
    `${lose} lose a right, ${gain} gain one`,
    ...(acceptance === "enough" ? ["accepted beyond the bounds"] : []),
  ].join(", ");
}
