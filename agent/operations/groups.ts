/** SCIM writes of groups. */
import { randomUUID } from "node:crypto";
import { canonicalJson } from "../../model/canonical.ts";
import { fail, ok } from "../../model/result.ts";
import type { Transition, WrittenUser } from "../../policy/constraints/change.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import { type MemberChange, onlyMembers } from "../../scim/patch/member-changes.ts";
import { patchGroup } from "../../scim/patch/patch.ts";
import { normaliseGroup } from "../../scim/resource.ts";
import { accountsOf, changeMembers, chunks, memberAccounts, memberIds } from "../directory/members.ts";
import { findGroup, type Row } from "../directory/read.ts";
import type { AccessChange } from "../mercurial/access-file.ts";
import type { Runtime } from "../releases/runtime.ts";
import type { Store, Tables } from "../store/schema.ts";
import { holdersOf, judgeWrite, withGroup } from "./constraints.ts";
import type { WriteEffect } from "./writer.ts";

type GroupRow = Row<Tables["groups"]>;
type GroupEffect = WriteEffect<GroupRow>;

/** POST /Groups (RFC 7644, section 3.3). */
export async function createGroup(
  store: Store,
  runtime: Runtime,
  connector: string,
  body: Json,
): Promise<ScimResult<GroupEffect>> {
  const normalised = normaliseGroup(body);
  if (!normalised.ok) return normalised;
  const { resource, members, ignored } = normalised.value;
  return save(store, runtime, connector, undefined, resource, onlyMembers(members), ignored);
}

/** PUT /Groups/:id (RFC 7644, section 3.5.1). */
export async function replaceGroup(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  body: Json,
): Promise<ScimResult<GroupEffect>> {
  const row = await findGroup(store, connector, id);
  if (!row) return noSuchGroup(id);
  const normalised = normaliseGroup(body);
  if (!normalised.ok) return normalised;
  const { resource, members, ignored } = normalised.value;
  return save(store, runtime, connector, row, resource, onlyMembers(members), ignored);
}

/** PATCH /Groups/:id (RFC 7644, section 3.5.2). */
export async function modifyGroup(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  body: Json,
): Promise<ScimResult<GroupEffect>> {
  const row = await findGroup(store, connector, id);
  if (!row) return noSuchGroup(id);
  const patched = patchGroup(JSON.parse(row.resource) as JsonObject, body);
  if (!patched.ok) return patched;
  const { resource, members, ignored } = patched.value;
  return save(store, runtime, connector, row, resource, members, ignored);
}

/** DELETE /Groups/:id (RFC 7644, section 3.6). */
export async function deleteGroup(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
): Promise<ScimResult<WriteEffect<null>>> {
  const row = await findGroup(store, connector, id);
  if (!row) return noSuchGroup(id);
  const key = runtime.program.groups.find(connector, row.display_name)?.key;
  const accounts = await memberAccounts(store, id);
  const members = watched(runtime) ? await memberIds(store, id) : [];
  await store.deleteFrom("members").where("group_id", "=", id).execute();
  await store.deleteFrom("groups").where("id", "=", id).execute();
  const judged = await judgeMembers(store, runtime, connector, [[members, key, undefined]], key);
  if (!judged.ok) return judged;
  return ok({
    value: null,
    status: 204,
    detail: [`group "${displayName(row)}" is gone`, ...judged.value].join("; "),
    access: key === undefined ? [] : accounts.map((account) => ({ kind: "leave", account, group: key })),
  });
}

async function save(
  store: Store,
  runtime: Runtime,
  connector: string,
  before: GroupRow | undefined,
  resource: JsonObject,
  members: MemberChange,
  ignored: readonly string[],
): Promise<ScimResult<GroupEffect>> {
  const id = before?.id ?? randomUUID();
  const name = String(resource.displayName);
  const twin = await store
    .selectFrom("groups")
    .select("id")
    .where("connector", "=", connector)
    .where("display_name", "=", name.toLowerCase())
    .where("id", "!=", id)
    .executeTakeFirst();
  if (twin) return fail(scimError("uniqueness", `displayName "${name}" belongs to another group`));

  const keyBefore = before && runtime.program.groups.find(connector, before.display_name)?.key;
  const keyAfter = runtime.program.groups.find(connector, name)?.key;
  // a group that changes its name takes its members from one key to another
  const renamed = before && keyBefore !== keyAfter;
  const left: AccessChange[] =
    renamed && keyBefore !== undefined
      ? (await memberAccounts(store, id)).map((account) => ({ kind: "leave", account, group: keyBefore }))
      : [];

  const moved = await changeMembers(store, connector, id, members);
  if (!moved.ok) return moved;
  const { joined, gone } = moved.value;
  const text = canonicalJson(resource);
  if (before && before.resource === text && joined.length + gone.length === 0)
    return ok({ value: before, status: 200, detail: "nothing changed", access: [], target: id });

  const now = Date.now();
  const row: GroupRow = {
    id,
    connector,
    display_name: name.toLowerCase(),
    external_id: typeof resource.externalId === "string" ? resource.externalId : null,
    resource: text,
    created: before?.created ?? now,
    modified: now,
    version: (before?.version ?? 0) + 1,
  };
  if (before) await store.updateTable("groups").set(row).where("id", "=", id).execute();
  else await store.insertInto("groups").values(row).execute();

  const judged = await judgeMembers(
    store,
    runtime,
    connector,
    renamed
      ? [
          // whoever stays in a group that changes its name goes from one key to another
          [watched(runtime) ? await memberIds(store, id, joined) : [], keyBefore, keyAfter],
          [joined, undefined, keyAfter],
          [gone, keyBefore, undefined],
        ]
      : [
          [joined, undefined, keyAfter],
          [gone, keyAfter, undefined],
        ],
    renamed ? keyBefore : undefined,
  );
  if (!judged.ok) return judged;

  const access: AccessChange[] = [...left];
  if (keyAfter !== undefined) {
    const [joining, leaving] = renamed
      ? [await memberAccounts(store, id), []]
      : [await accountsOf(store, joined), await accountsOf(store, gone)];
    access.push(...leaving.map((account): AccessChange => ({ kind: "leave", account, group: keyAfter })));
    access.push(...joining.map((account): AccessChange => ({ kind: "join", account, group: keyAfter })));
  }
  return ok({
    value: row,
    target: id,
    status: before ? 200 : 201,
    access,
    detail: [
      `group "${name}"${keyAfter === undefined ? " (not selected by the release)" : ""}`,
      joined.length > 0 ? `${joined.length} joined: ${some(joined)}` : "",
      gone.length > 0 ? `${gone.length} left: ${some(gone)}` : "",
      ignored.length > 0 ? `ignored ${ignored.join(", ")}` : "",
      ...judged.value,
    ]
      .filter(Boolean)
      .join("; "),
  });
}

function watched({ program }: Runtime): boolean {
  return program.constraints.watchAccess;
}

/**
 * Judges what a write makes of members, where a constraint watches them.
 *
 * @param moves users with the group that they leave and the one that they join, by key
 * @param deletedGroup a key that would no longer be anybody's
 */
async function judgeMembers(
  store: Store,
  runtime: Runtime,
  connector: string,
  moves: readonly (readonly [ids: readonly string[], from: string | undefined, to: string | undefined])[],
  deletedGroup?: string,
): Promise<ScimResult<string[]>> {
  if (!watched(runtime)) return ok([]);
  const transitions: Transition[] = [];
  const users: WrittenUser[] = [];
  for (const [ids, from, to] of moves)
    for (const some of from === to ? [] : chunks(ids))
      for (const { user, account, holder } of (await holdersOf(store, runtime, some)).values()) {
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
  return judgeWrite(store, runtime, { connector, users, transitions, deletedGroup });
}

function displayName(row: GroupRow): string {
  return (JSON.parse(row.resource) as { displayName: string }).displayName;
}

function some(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ");
}

function noSuchGroup(id: string): ScimResult<never> {
  return fail(scimError(404, `there is no group ${id}`));
}
