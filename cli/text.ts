/** How commands write releases, digests, times, and what others wrote. */
import type { StoredRelease } from "../api/contract.ts";

/** Enough of a digest to tell it from others, and to give to `rollback --to`. */
export function shortDigest(digest: string | null): string {
  return digest === null ? "none" : digest.replace(/^sha256:/, "").slice(0, 12);
}

/** Milliseconds since 1970 as ISO 8601, to the second. */
export function isoTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}

/** What others wrote must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\uFFFD");
}

/** `release 3f2a…, active from 2026-01-05T10:00:00Z, revision 1f0c` */
export function describeRelease({ digest, activatedAt, origin }: StoredRelease): string {
  const revision = origin.revision === undefined ? "" : `, revision ${printable(origin.revision)}`;
  return `release ${shortDigest(digest)}, active from ${isoTime(activatedAt)}${revision}`;
}

/** A revision as a table shows it: its first 12 characters, and whether files were edited besides. */
export function shortRevision(revision: string): string {
  const [hash = "", ...marks] = revision.split("-");
  return [hash.slice(0, 12), ...marks].join("-");
}
