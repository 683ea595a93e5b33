/** What a write asks of a group, read from its body; and its members in pieces, where a body has a hundred thousand of them. */

import { ok } from "../model/result.ts";
import type { ScimResult } from "./error.ts";
import type { Json, JsonObject } from "./json.ts";
import { parseBody } from "./json.ts";
import { type MemberChange, onlyMembers } from "./patch/member-changes.ts";
import { patchGroup } from "./patch/patch.ts";
import { normaliseGroup } from "./resource.ts";
import { type MembersTaken, patchTakesMembers, putTakesMembers } from "./taken.ts";

/** How a group is written (RFC 7644, sections 3.3, 3.5.1 and 3.5.2). */
export type GroupVerb = "create" | "replace" | "modify";

/** A group as a request asks for it. */
export interface GroupWrite<Members = MemberChange> {
  /** The attributes to store, without `members`. */
  readonly resource: JsonObject;
  readonly members: Members;
  /** As in `NormalisedUser`. */
  readonly ignored: readonly string[];
}

/**
 * Reads the whole of a request.
 *
 * @param present the stored resource; absent for `create`
 * @returns the errors of `normaliseGroup` and `patchGroup`
 */
export function readGroupWrite(
  verb: GroupVerb,
  body: Json,
  present: JsonObject = {},
): ScimResult<GroupWrite> {
  if (verb === "modify") return patchGroup(present, body);
  const read = normaliseGroup(body, verb === "create" ? undefined : present);
  return read.ok ? ok({ ...read.value, members: onlyMembers(read.value.members) }) : read;
}

/** Reads what a request takes away; undefined where it says nothing of members. */
export function readGroupTaken(verb: GroupVerb, body: Json): MembersTaken | undefined {
  if (verb === "create") return undefined;
  return verb === "replace" ? putTakesMembers(body) : patchTakesMembers(body);
}

/** A change of members as JSON texts, each a list of some ids, in the order of the ids: whoever goes through them can pause. */
export type MemberPieces = Pick<MemberChange, "keepsOthers"> &
  Readonly<Record<"add" | "remove" | "passing", readonly string[]>>;

/** How many ids are in a piece: some milliseconds of work. */
export const pieceSize = 1_000;

/** The same change in pieces. */
export function inPieces({ keepsOthers, add, remove, passing }: MemberChange): MemberPieces {
  return { keepsOthers, add: pieces(add), remove: pieces(remove), passing: pieces(passing) };
}

function pieces(ids: readonly string[]): string[] {
  const sorted = ids.toSorted();
  return Array.from({ length: Math.ceil(ids.length / pieceSize) }, (_, i) =>
    JSON.stringify(sorted.slice(i * pieceSize, (i + 1) * pieceSize)),
  );
}

/** The largest body about a group that is read where requests are answered, in bytes: some 5,000 members. */
export const mostReadAtOnce = 256 * 1024;

/** The body of a request about a group, as it came or parsed, and the stored resource. */
export interface GroupBody {
  readonly verb: GroupVerb;
  readonly body: Uint8Array | JsonObject;
  readonly present: JsonObject | undefined;
}

/**
 * Reads the whole of a body, its members in pieces.
 *
 * @returns the errors of `parseBody`, and inside of them those of `readGroupWrite`
 */
export function readInPieces({
  verb,
  body,
  present,
}: GroupBody): ScimResult<ScimResult<GroupWrite<MemberPieces>>> {
  const parsed = parsedBody(body);
  if (!parsed.ok) return parsed;
  const read = readGroupWrite(verb, parsed.value, present);
  return ok(read.ok ? ok({ ...read.value, members: inPieces(read.value.members) }) : read);
}

/** What a body takes away, its members in pieces. */
export interface TakenInPieces extends Pick<MembersTaken, "names" | "ignored"> {
  readonly whole: MemberPieces;
  readonly removals: MemberPieces;
}

/**
 * Reads what a body takes away, for the case that the whole is not possible.
 *
 * @returns undefined where it says nothing of members, or is no JSON
 */
export function readTakenInPieces({ verb, body }: Omit<GroupBody, "present">): TakenInPieces | undefined {
  const parsed = parsedBody(body);
  const taken = parsed.ok ? readGroupTaken(verb, parsed.value) : undefined;
  return taken && { ...taken, whole: inPieces(taken.whole), removals: inPieces(taken.removals) };
}

function parsedBody(body: GroupBody["body"]): ScimResult<JsonObject> {
  return body instanceof Uint8Array ? parseBody(body) : ok(body);
}
