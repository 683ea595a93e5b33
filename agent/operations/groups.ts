/** Writes of groups. */
import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { canonicalJson } from "../../model/canonical.ts";
import { foldName } from "../../model/name.ts";
import { ok, type Result } from "../../model/result.ts";
import type { Transition, Verdict, WrittenUser } from "../../policy/constraints/change.ts";
import type { ScimResult } from "../../scim/error.ts";
import { type GroupWrite, readGroupTaken, readGroupWrite } from "../../scim/group-write.ts";
import type { JsonObject } from "../../scim/json.ts";
import { pathsOfMembers } from "../../scim/members.ts";
import { onlyMembers, withoutMembers } from "../../scim/patch/member-changes.ts";
import { removalOf } from "../directory/awaited.ts";
import { displayNameOf } from "../directory/groups.ts";
import type { Moved } from "../directory/memberships.ts";
import { chunks, type GroupRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-rows.ts";
import { calledGroup } from "../releases/access-snapshot.ts";
import { differenceOf } from "./difference.ts";
import { type Draft, movedBy, Overtaken } from "./draft.ts";
import { holdersOf, judgeWrite, subjectOf, withGroup } from "./judge.ts";
import { nameTaken, selectionOf } from "./names.ts";
import {
  nothingChanged,
  type Outcome,
  type Rejection,
  refusedBy,
  type WrittenDifference,
} from "./outcome.ts";
import { rosterMove } from "./roster-move.ts";
import { type GroupMove, settleMembers } from "./triggered.ts";
import { settleUser } from "./users.ts";
import type { ResourceWrites, Writing } from "./writing.ts";

export const groupWrites: ResourceWrites<GroupRow> = {
  find: ({ groups }, connector, id) => groups.find(connector, id),

  async create(writing, body) {
    return saveRead(writing, undefined, writing.prepared?.whole ?? readGroupWrite("create", body));
  },

  async replace(writing, present, body) {
    const read = writing.prepared?.whole ?? readGroupWrite("replace", body, resourceOf(present));
    return saveRead(writing, present, read);
  },

  async modify(writing, present, body) {
    const read = writing.prepared?.whole ?? readGroupWrite("modify", body, resourceOf(present));
    return saveRead(writing, present, read);
  },

  async takeAway(writing, present, { verb, body }) {
    const { connector, directory, prepared } = writing;
    if (prepared?.draft)
      return save(writing, present, {
        resource: resourceOf(present),
        members: onlyMembers([]),
        ignored: prepared.ignored ?? [],
      });
    const taken = readGroupTaken(verb, body);
    if (!taken) return undefined;
    const { whole, removals, names, ignored } = taken;
    const named = [...whole.add, ...whole.passing];
    const unknown = await directory.memberships.unknownUsers(connector, named);
    const isOfHere = !names || unknown.size < named.length;
    const leaving = await directory.memberships.leaving(present.roster, isOfHere ? whole : removals);
    if (leaving.length === 0) {
      // who was to leave has left, and nobody is to join
      if (whole.remove.length === 0 || named.length > 0) return undefined;
      const strangers = await directory.memberships.unknownUsers(connector, whole.remove);
      return nothingChanged(present, [...ignored, ...pathsOfMembers([...strangers])]);
    }
    return save(writing, present, {
      resource: resourceOf(present),
      members: withoutMembers(leaving),
      ignored: [...ignored, ...pathsOfMembers([...unknown])],
    });
  },

  retire: (writing, present) =>
    save(writing, present, { resource: resourceOf(present), members: onlyMembers([]), ignored: [] }),

  async delete(writing, present) {
    const { directory, active, connector } = writing;
    const { id, roster } = present;
    const draft = draftOf(writing, present);
    const key = subjectOf(active.program, present);
    const accounts = key === undefined || draft ? [] : await directory.memberships.accounts(roster);
    const members = draft
      ? (await movedBy(directory, draft)).left
      : await directory.memberships.endOfGroup(roster);
    await directory.groups.delete(id);
    const moves: readonly GroupMove[] = [[members, key, undefined]];
    const settled = await settleMembers(writing, moves, settleUser);
    if (!settled.ok) return takingAll(settled.error, moves);
    const judged = await judgeMembers(writing, without(moves, settled.value.users), key);
    if (!judged.ok) return takingAll(judged.error, moves);
    const { letIn, shutOut } = settled.value;
    return {
      kind: "done",
      resource: null,
      target: id,
      changes: [...edits("leave", accounts, key), { kind: "end", id }, ...settled.value.edits],
      ...(draft && { moves: rosterMove(active.program, connector, [present]) }),
      effect: { of: "deleted group", name: displayNameOf(present.resource), letIn, shutOut },
      ignored: [],
      warnings: [...settled.value.warnings, ...judged.value],
      difference: { before: { ...resourceOf(present), members: [...members] }, after: {} },
    };
  },
};

async function saveRead(
  writing: Writing,
  before: GroupRow | undefined,
  read: ScimResult<GroupWrite>,
): Promise<Outcome<GroupRow>> {
  return read.ok ? save(writing, before, read.value) : refusedBy(read.error);
}

async function save(
  writing: Writing,
  before: GroupRow | undefined,
  { resource, members, ignored: unknownNames }: GroupWrite,
): Promise<Outcome<GroupRow>> {
  const { directory, active, now, connector } = writing;
  const draft = draftOf(writing, before);
  const id = before?.id ?? randomUUID();
  const rosterBefore = before?.roster ?? id;
  const name = String(resource.displayName);
  const isRenamed = !before || displayNameOf(before.resource) !== name;
  const other =
    isRenamed || before.twin !== 0 ? await directory.groups.named(connector, name, id) : undefined;
  if (isRenamed && other !== undefined) return nameTaken("displayName", name, "group", other);
  const called = {
    connector,
    display_name: foldName(name),
    twin: other === undefined ? 0 : (before?.twin ?? 0),
  };

  const keyBefore = before && subjectOf(active.program, before);
  const keyAfter = subjectOf(active.program, called);
  // a group that changes its name takes its members from one key to another
  const renamed = before !== undefined && keyBefore !== keyAfter;
  const former =
    renamed && keyBefore !== undefined && !draft ? await directory.memberships.accounts(rosterBefore) : [];

  const change = draft
    ? ok({ ...(await movedBy(directory, draft)), unknown: draft.unknown })
    : await directory.memberships.change(connector, rosterBefore, members);
  if (!change.ok) return refusedBy(change.error);
  const { joined, left, unknown } = change.value;
  const ignored = [...unknownNames, ...pathsOfMembers(unknown)];
  const row: GroupRow = {
    id,
    ...called,
    external_id: typeof resource.externalId === "string" ? resource.externalId : null,
    resource: canonicalJson(resource),
    roster: draft?.to ?? rosterBefore,
    created: before?.created ?? now,
    modified: now,
    version: (before?.version ?? 0) + 1,
  };
  const isSame = before?.resource === row.resource && before.twin === row.twin;
  if (before && isSame && joined.length + left.length === 0) return nothingChanged(before, ignored);
  await directory.groups.put(row, before);

  const decides = active.program.triggers.areOf(connector);
  const stayed =
    renamed && (watched(writing) || decides) ? await directory.memberships.members(row.roster, joined) : [];
  const moves: readonly GroupMove[] = [
    // whoever stays in a group that changes its name goes from one key to another
    [stayed, keyBefore, keyAfter],
    [joined, undefined, keyAfter],
    [left, keyBefore, undefined],
  ];
  const joining = keyAfter === undefined ? joined : [...joined, ...stayed];
  const notDone = (why: Rejection): Rejection =>
    why.kind === "held" ? { ...takingAll(why, moves), joining } : why;
  const settled = await settleMembers(writing, moves, settleUser);
  if (!settled.ok) return notDone(settled.error);
  const { letIn, shutOut, withheld } = settled.value;
  const deleted = renamed ? keyBefore : undefined;
  const judged = await judgeMembers(writing, without(moves, settled.value.users), deleted);
  if (!judged.ok) return notDone(judged.error);
  const isCalledAsBefore = before?.display_name === row.display_name && before.twin === row.twin;
  const call: AccessEdit[] = isCalledAsBefore ? [] : [{ kind: "call", ...calledGroup(active.program, row) }];
  return {
    kind: "done",
    resource: row,
    target: id,
    ...(draft
      ? {
          changes: [...call, ...settled.value.edits],
          moves: rosterMove(active.program, connector, [before, row]),
        }
      : {
          changes: [
            ...call,
            ...(renamed
              ? [
                  ...edits("leave", former, keyBefore),
                  ...edits(
                    "join",
                    keyAfter === undefined ? [] : await directory.memberships.accounts(row.roster),
                    keyAfter,
                  ),
                ]
              : await joinEdits(writing, change.value, keyAfter)),
            // each with all that the account has from now on
            ...settled.value.edits,
          ],
        }),
    effect: {
      ...{ of: "group", name, ...(await selectionOf(writing, name, called)), joined, left },
      ...{ letIn, shutOut, withheld },
    },
    ignored,
    warnings: [...settled.value.warnings, ...judged.value],
    difference: withMoves(differenceOf(before ? resourceOf(before) : {}, resource), change.value),
  };
}

/** @throws {Overtaken} where what it was made of is another version by now */
function draftOf({ prepared }: Writing, present: GroupRow | undefined): Draft | undefined {
  const { draft, version } = prepared ?? {};
  if (draft && present?.version !== version) throw new Overtaken();
  return draft;
}

/** Whoever left was there before, and whoever joined is there after: nobody did both. */
function withMoves({ before, after }: WrittenDifference, { joined, left }: Moved): WrittenDifference {
  return {
    before: { ...before, ...(left.length > 0 && { members: [...left] }) },
    after: { ...after, ...(joined.length > 0 && { members: [...joined] }) },
  };
}

/** What changes in the access file where some join a selected group and others leave it. */
async function joinEdits(
  { directory: { users } }: Writing,
  { joined, left }: Moved,
  key: string | undefined,
): Promise<AccessEdit[]> {
  if (key === undefined) return [];
  return [
    ...edits("leave", await users.accountsOf(left), key),
    ...edits("join", await users.accountsOf(joined), key),
  ];
}

function edits(kind: "join" | "leave", accounts: readonly string[], group: string | undefined): AccessEdit[] {
  return group === undefined ? [] : accounts.map((account) => ({ kind, account, group }));
}

/** What a limit holds takes all away that the write would have, though it was held for the first of them. */
function takingAll<R extends Rejection>(why: R, moves: readonly GroupMove[]): R {
  if (why.kind !== "held" || !why.taking) return why;
  const taken = moves.flatMap(([ids, from, to]) =>
    from === undefined || from === to ? [] : ids.map((id) => removalOf(id, from)),
  );
  return { ...why, taking: [...new Set([...why.taking, ...taken])] };
}

/** The moves of all others than these. */
function without(moves: readonly GroupMove[], users: ReadonlySet<string>): readonly GroupMove[] {
  if (users.size === 0) return moves;
  return moves.map(([ids, from, to]) => [ids.filter((id) => !users.has(id)), from, to]);
}

function watched({ active }: Writing): boolean {
  return active.program.constraints.watchAccess;
}

/**
 * Judges what a write makes of members, where a constraint watches them.
 *
 * @param moves users with the group that they leave and the one that they join, by key
 * @param deletedGroup a key that would no longer be anybody's
 */
async function judgeMembers(
  writing: Writing,
  moves: readonly GroupMove[],
  deletedGroup?: string,
): Promise<Result<readonly Verdict[], Rejection>> {
  if (!watched(writing)) return ok([]);
  const transitions: Transition[] = [];
  const users: WrittenUser[] = [];
  for (const [ids, from, to] of moves)
    for (const some of from === to ? [] : chunks(ids)) {
      for (const [id, { user, account, holder }] of await holdersOf(writing, some)) {
        const without = to === undefined ? holder : withGroup(holder, to, false);
        const before = from === undefined ? without : withGroup(without, from, true);
        transitions.push({ before, after: holder, user: id });
        if (to !== undefined)
          users.push({
            operations: ["member.add"],
            before: user,
            hadAccount: true,
            after: user,
            account,
            groups: holder.groups,
          });
      }
      if (ids.length > some.length) await nextTurn();
    }
  return judgeWrite(writing, { users, transitions, deletedGroup });
}

function resourceOf({ resource }: GroupRow): JsonObject {
  return JSON.parse(resource) as JsonObject;
}
