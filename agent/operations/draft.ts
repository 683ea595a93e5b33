/**
 * The members that a group is to have, written beside those that it has, in small steps between which others have their turn.
 * Nobody reads them until one row puts them in their place.
 */
import { fail, ok } from "../../model/result.ts";
import type { ScimResult } from "../../scim/error.ts";
import { type MemberPieces, pieceSize, type TakenInPieces } from "../../scim/group-write.ts";
import { withoutMembers } from "../../scim/patch/member-changes.ts";
import type { Directory } from "../directory/directory.ts";
import { type Moved, nobodyKnown } from "../directory/memberships.ts";
import { chunks } from "../directory/rows.ts";

/** Does some work in a transaction of its own, when its turn comes. */
export type DraftStep = <T>(work: (directory: Directory) => Promise<T>) => Promise<T>;

export interface Draft extends Moved {
  /** The name of the list, and of the one before. */
  readonly to: string;
  readonly from: string | undefined;
  readonly unknown: readonly string[];
  /** How many members of the list before stay. */
  readonly stayed: number;
}

/** The group is not as it was when a draft was made of it: that counts for nothing. */
export class Overtaken extends Error {}

export interface DraftRequest {
  readonly connector: string;
  /** The members that the group has; undefined for a new one. */
  readonly from: string | undefined;
  /** The name of the new list. */
  readonly to: string;
  readonly members: MemberPieces;
}

/**
 * Makes the list.
 *
 * @returns who joins and leaves, and the ids that are of no user; or `invalidValue` as `Memberships.change`
 */
export async function draftMembers(step: DraftStep, request: DraftRequest): Promise<ScimResult<Draft>> {
  const { connector, from, to, members } = request;
  const { keepsOthers, add, remove, passing } = members;
  const unknown = new Set<string>();
  let named = 0;
  const knownOf = async ({ memberships }: Directory, piece: string) => {
    const ids = JSON.parse(piece) as string[];
    const strange = await memberships.unknownUsers(connector, ids);
    for (const id of strange) unknown.add(id);
    return ids.filter((id) => !strange.has(id));
  };

  const joined: string[] = [];
  for (const piece of add)
    await step(async (directory) => {
      const ids = await knownOf(directory, piece);
      await directory.memberships.join(to, ids);
      const were = new Set(from === undefined ? [] : await directory.memberships.among(from, ids));
      for (const id of ids) if (!were.has(id)) joined.push(id);
      named += (JSON.parse(piece) as string[]).length;
    });
  for (const piece of passing)
    await step(async (directory) => {
      await knownOf(directory, piece);
      named += (JSON.parse(piece) as string[]).length;
    });
  for (const some of chunks([...unknown])) {
    const nested = await step(({ memberships }) => memberships.nested(connector, some));
    if (nested) return fail(nested);
  }
  const nobody = nobodyKnown(unknown, named);
  if (nobody) return fail(nobody);

  const removed = new Set<string>();
  for (const piece of remove)
    await step(async (directory) => {
      await knownOf(directory, piece);
      for (const id of JSON.parse(piece) as string[]) removed.add(id);
    });
  const left: string[] = [];
  let stayed = 0;
  for (let last: string | undefined = ""; from !== undefined && last !== undefined; )
    last = await step(async ({ memberships }): Promise<string | undefined> => {
      const page = await memberships.page(from, last ?? "", pieceSize);
      const stay = keepsOthers ? page.filter((id) => !removed.has(id)) : await memberships.among(to, page);
      if (keepsOthers) await memberships.join(to, stay);
      const stays = new Set(stay);
      stayed += stays.size;
      for (const id of page) if (!stays.has(id)) left.push(id);
      return page.at(-1);
    });
  return ok({ to, from, joined, left, unknown: [...unknown], stayed });
}

export interface RemovalRequest<To> extends Pick<DraftRequest, "connector"> {
  /** The name of the list; undefined where none is made, and it is only found out who would be in it. */
  readonly to: To;
  /** The members that the group has. */
  readonly from: string;
  readonly taken: TakenInPieces;
}

/**
 * Makes the list of those who stay where nothing is done of a request but what it takes away.
 *
 * @returns who leaves; undefined where nobody does
 */
export async function draftRemovals<To extends string | undefined>(
  step: DraftStep,
  request: RemovalRequest<To>,
): Promise<(Omit<Draft, "to"> & { readonly to: To }) | undefined> {
  const { connector, from, to, taken } = request;
  const unknown = new Set<string>();
  let named = 0;
  for (const piece of [...taken.whole.add, ...taken.whole.passing])
    await step(async ({ memberships }) => {
      const ids = JSON.parse(piece) as string[];
      for (const id of await memberships.unknownUsers(connector, ids)) unknown.add(id);
      named += ids.length;
    });
  // one that names nobody who is known speaks of another store
  const { keepsOthers, add, remove } = !taken.names || unknown.size < named ? taken.whole : taken.removals;
  const told = new Set<string>();
  for (const piece of keepsOthers ? remove : add)
    for (const id of await step(async () => JSON.parse(piece) as string[])) told.add(id);
  const left: string[] = [];
  let stayed = 0;
  for (let last: string | undefined = ""; last !== undefined; )
    last = await step(async ({ memberships }): Promise<string | undefined> => {
      const page = await memberships.page(from, last ?? "", pieceSize);
      const stay = page.filter((id) => told.has(id) !== keepsOthers);
      if (to !== undefined) await memberships.join(to, stay);
      stayed += stay.length;
      const stays = new Set(stay);
      for (const id of page) if (!stays.has(id)) left.push(id);
      return page.at(-1);
    });
  return left.length > 0 ? { to, from, joined: [], left, unknown: [...unknown], stayed } : undefined;
}

/** Who moves by a draft in the end: nobody who was taken out of all groups while it was made. */
export async function movedBy({ memberships }: Directory, draft: Draft): Promise<Moved> {
  const { to, from, joined, left, stayed } = draft;
  const still = async (ids: readonly string[], roster: string) =>
    (await memberships.count(roster)) === ids.length + stayed
      ? ids
      : memberships.leaving(roster, withoutMembers(ids));
  return {
    joined: await still(joined, to),
    left: from === undefined ? left : await still(left, from),
  };
}
