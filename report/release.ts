/** Releases in words. */
import type { KeptApproval } from "../api/approval.ts";
import type { StoredRelease } from "../api/contract.ts";
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

/** A revision as a table shows it: the first 12 characters of each hash, and whether files were edited besides. */
export function shortRevision(revision: string): string {
  // `+` is Mercurial's mark, and stands between the parents of a merge too; `-dirty` is Git's (`provider/origin.ts`)
  return revision.replace(/(^|\+)([^-+]{12})[^-+]+/g, "$1$2");
}

/** Whether files were edited besides, so that the revision is not what was deployed. */
export function holdsEdits(revision: string): boolean {
  return revision.endsWith("+") || revision.endsWith("-dirty");
}

/** `release 3f2a…, active from 2026-01-05T10:00:00Z, revision 1f0c` */
export function describeRelease({ digest, activatedAt, origin }: StoredRelease): string {
  const revision = origin.revision === undefined ? "" : `, revision ${printable(origin.revision)}`;
  return `release ${shortDigest(digest)}, active from ${isoTime(activatedAt)}${revision}`;
}

/** What an activation was held to: `within what ada approved, effect sha256:0c…`. */
export function describeApproval({ effect, by }: KeptApproval): string {
  return `within what ${by === undefined ? "was" : printable(by)} approved, effect ${effect}`;
}
