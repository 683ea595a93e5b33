/** What becomes of each place of an installation: nothing is overwritten that somebody has changed, or that was there before. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import type { PlannedFile, PlannedPlace } from "./files.ts";
import type { Ownership } from "./replace-file.ts";

/**
 * - `written`: it is not there yet.
 * - `replaced`: it is as it was written, and is to be another.
 * - `closed`: it is as it is to be, but for its mode or owner.
 * - `merged`: somebody has taken over what lay beside it, which is to go.
 * - `same`: nothing is to be done.
 * - `kept`: somebody has changed it, and there is nothing new to merge.
 * - `to merge`: it is somebody else's, or somebody has changed it, and the new text is laid beside it.
 * - `unreadable`: this user may not look.
 */
export type PlaceOutcome =
  | "written"
  | "replaced"
  | "closed"
  | "merged"
  | "same"
  | "kept"
  | "to merge"
  | "unreadable";

export interface JudgedPlace<P extends PlannedPlace> {
  readonly place: P;
  readonly outcome: PlaceOutcome;
}

/** What is known of the host. */
export interface KnownHost {
  /** Where a path of the host is. */
  at(path: string): string;
  /** Whose a place is to be; undefined where owners are left alone. */
  ownerOf(place: PlannedPlace): Ownership | undefined;
  /** The SHA-256 of what each file was given the last time. */
  readonly before: Readonly<Record<string, string>>;
}

export const besideOf = (path: string): string => `${path}.hgscim-new`;
export const digestOf = (content: string | Buffer): string =>
  createHash("sha256").update(content).digest("hex");

/**
 * What is to become of a folder.
 *
 * @throws {Error} the system's
 */
export function judgeFolder(place: PlannedPlace, host: KnownHost): JudgedPlace<PlannedPlace> {
  return { place, outcome: existsSync(host.at(place.path)) ? modesOf(place, host) : "written" };
}

/**
 * What is to become of a file.
 *
 * @throws {Error} the system's
 */
export function judgeFile(place: PlannedFile, host: KnownHost): JudgedPlace<PlannedFile> {
  let content: Buffer;
  try {
    content = readFileSync(host.at(place.path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { place, outcome: "written" };
    if (code === "EACCES") return { place, outcome: "unreadable" };
    throw Object.assign(error as Error, { path: host.at(place.path) });
  }
  const isBeside = existsSync(host.at(besideOf(place.path)));
  if (place.isMadeOnce || content.equals(Buffer.from(place.content)))
    return { place, outcome: isBeside ? "merged" : modesOf(place, host) };
  const last = host.before[place.path];
  if (last === digestOf(content)) return { place, outcome: "replaced" };
  const isNothingNew = last === digestOf(place.content) && !isBeside;
  return { place, outcome: isNothingNew ? "kept" : "to merge" };
}

function modesOf(place: PlannedPlace, host: KnownHost): PlaceOutcome {
  const { mode, uid, gid } = statSync(host.at(place.path));
  const owner = host.ownerOf(place);
  const isOwned = owner === undefined || (owner.uid === uid && owner.gid === gid);
  return (mode & 0o7777) === place.mode && isOwned ? "same" : "closed";
}
