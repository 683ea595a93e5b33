/** Writes of groups. */
import { randomUUID } from "node:crypto";
import { canonicalJson } from "../../model/canonical.ts";
import { foldName } from "../../model/name.ts";
import { ok, type Result } from "../../model/result.ts";
import type { Transition, Verdict, WrittenUser } from "../../policy/constraints/change.ts";
import type { JsonObject } from "../../scim/json.ts";
import { pathsOfMembers } from "../../scim/members.ts";
import { type MemberChange, onlyMembers, withoutMembers } from "../../scim/patch/member-changes.ts";
import { patchGroup } from "../../scim/patch/patch.ts";
import { normaliseGroup } from "../../scim/resource.ts";
import { patchTakesMembers, putTakesMembers } from "../../scim/taken.ts";
import { displayNameOf } from "../directory/groups.ts";
import type { Moved } from "../directory/memberships.ts";
import { chunks, type GroupRow } from "../directory/rows.ts";
import type { AccessEdit } from "../mercurial/access-file.ts";
import { differenceOf } from "./difference.ts";
import { holdersOf, judgeWrite, subjectOf, withGroup } from "./judge.ts";
import { nameTaken, selectionOf } from "./names.ts";
import { nothingChanged, type Outcome, type Rejection, refused, refusedBy } from "./outcome.ts";
import type { ResourceWrites, Writing } from "./writing.ts";

export const groupWrites: ResourceWrites<GroupRow> = {
  find: ({ groups }, connector, id) => groups.find(connector, id),

  async create(writing, body) {
    const normalised = normaliseGroup(body);
    if (!normalised.ok) return refusedBy(normalised.error);
    const { resource, members, ignored } = normalised.value;
    return save(writing, undefined, { resource, members: onlyMembers(members), ignored });
  },

  async replace(writing, present, body) {
    const normalised = normaliseGroup(body, resourceOf(present));
    if (!normalised.ok) return refusedBy(normalised.error);
    const { resource, members, ignored } = normalised.value;
    return save(writing, present, { resource, members: onlyMembers(members), ignored });
  },

  async modify(writing, present, body) {
    const patched = patchGroup(resourceOf(present), body);
    return patched.ok ? save(writing, present, patched.value) : refusedBy(patched.error);
  },

  async takeAway(writing, present, { verb, body }) {
    const { connector, directory } = writing;
    const taken = verb === "replace" ? putTakesMembers(body) : patchTakesMembers(body);
    if (!taken) return undefined;
    const { whole, removals, names, ignored } = taken;
    const named = [...whole.add, ...whole.passing];
    const unknown = await directory.memberships.unknownUsers(connector, named);
    const isOfHere = !names || unknown.size < named.length;
    const leaving = await directory.memberships.leaving(present.id, isOfHere ? whole : removals);
    if (leaving.length === 0) return undefined;
    return save(writing, present, {
      resource: resourceOf(present),
      members: withoutMembers(leaving),
      ignored: [...ignored, ...pathsOfMembers([...unknown])],
    });
  },

  retire: (writing, present) =>
    save(writing, present, { resource: resourceOf(present), members: onlyMembers([]), ignored: [] }),

  async delete(writing, present) {
    const { directory, active } = writing;
    const { id } = present;
    const key = subjectOf(active.program, present);
    const accounts = key === undefined ? [] : await directory.memberships.accounts(id);
    const members = await directory.memberships.endOfGroup(id);
    await directory.groups.delete(id);
    const judged = await judgeMembers(writing, [[members, key, undefined]], key);
    if (!judged.ok) return judged.error;
    return {
      kind: "done",
      resource: null,
      target: id,
      changes: key === undefined ? [] : accounts.map((account) => ({ kind: "leave", account, group: key })),
      effect: { of: "deleted group", name: displayNameOf(present.resource) },
      ignored: [],
      warnings: judged.value,
      difference: { before: { ...resourceOf(present), members }, after: {} },
    };
  },
};

/** A group as a request asks for it. */
interface Wanted {
  readonly resource: JsonObject;
  readonly members: MemberChange;
  readonly ignored: readonly string[];
}

async function save(
  writing: Writing,
  before: GroupRow | undefined,
  { resource, members, ignored: unknownNames }: Wanted,
): Promise<Outcome<GroupRow>> {
  const { directory, active, now, connector } = writing;
  const id = before?.id ?? randomUUID();
  const name = String(resource.displayName);
  const isRenamed = !before || displayNameOf(before.resource) !== name;
  const other =
    isRenamed || before.twin !== 0 ? await directory.groups.named(connector, name, id) : undefined;
  if (isRenamed && other !== undefined)
    return refused("uniqueness", nameTaken("displayName", name, "group", other));
  const called = {
    connector,
    display_name: foldName(name),
    twin: other === undefined ? 0 : (before?.twin ?? 0),
  };

  const keyBefore = before && subjectOf(active.program, before);
  const keyAfter = subjectOf(active.program, called);
  // a group that changes its name takes its members from one key to another
  const renamed = before !== undefined && keyBefore !== keyAfter;
  const former = renamed && keyBefore !== undefined ? await directory.memberships.accounts(id) : [];

  const change = await directory.memberships.change(connector, id, members);
  if (!change.ok) return refusedBy(change.error);
  const { joined, left, unknown } = change.value;
  const ignored = [...unknownNames, ...pathsOfMembers(unknown)];
  const row: GroupRow = {
    id,
    ...called,
    external_id: typeof resource.externalId === "string" ? resource.externalId : null,
    resource: canonicalJson(resource),
    created: before?.created ?? now,
    modified: now,
    version: (before?.version ?? 0) + 1,
  };
  const isSame = before?.resource === row.resource && before.twin === row.twin;
  if (before && isSame && joined.length + left.length === 0) return nothingChanged(before, ignored);
  await directory.groups.put(row, before);

  const stayed = renamed && watched(writing) ? await directory.memberships.members(id, joined) : [];
  const judged = await judgeMembers(
    writing,
    [
      // whoever stays in a group that changes its name goes from one key to another
      [stayed, keyBefore, keyAfter],
      [joined, undefined, keyAfter],
      [left, keyBefore, undefined],
    ],
    renamed ? keyBefore : undefined,
  );
  if (!judged.ok) return judged.error;
  return {
    kind: "done",
    resource: row,
    target: id,
    changes: renamed
      ? [
          ...edits("leave", former, keyBefore),
          ...edits("join", keyAfter === undefined ? [] : await directory.memberships.accounts(id), keyAfter),
        ]
      : await moveEdits(writing, change.value, keyAfter),
    effect: { of: "group", name, ...(await selectionOf(writing, name, called)), joined, left },
    ignored,
    warnings: judged.value,
    difference: differenceOf(
      { ...(before && resourceOf(before)), ...(left.length > 0 && { members: [...left] }) },
      { ...resource, ...(joined.length > 0 && { members: [...joined] }) },
    ),
  };
}

/** What changes in the access file where some join a selected group and others leave it. */
async function moveEdits(
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
  moves: readonly (readonly [ids: readonly string[], from: string | undefined, to: string | undefined])[],
  deletedGroup?: string,
): Promise<Result<readonly Verdict[], Rejection>> {
  if (!watched(writing)) return ok([]);
  const transitions: Transition[] = [];
  const users: WrittenUser[] = [];
  for (const [ids, from, to] of moves)
    for (const some of from === to ? [] : chunks(ids))
      for (const { user, account, holder } of (await holdersOf(writing, some)).values()) {
        const without = to === undefined ? holder : withGroup(holder, to, false);
        const before = from === undefined ? without : withGroup(without, from, true);
        transitions.push({ before, after: holder });
        if (to !== undefined)
          users.push({
            operations: ["member.add"],
            before: user,
            after: user,
            account,
            groups: holder.groups,
          });
      }
  return judgeWrite(writing, { users, transitions, deletedGroup });
}

function resourceOf({ resource }: GroupRow): JsonObject {
  return JSON.parse(resource) as JsonObject;
}
