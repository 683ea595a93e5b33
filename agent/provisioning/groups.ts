/** SCIM writes of groups. Members change row by row: a group is never loaded to add one to it. */
import { randomUUID } from "node:crypto";
import { canonicalJson } from "../../model/canonical.ts";
import type { Transition, WrittenUser } from "../../policy/constraints/change.ts";
import type { AccessChange } from "../mercurial/access-file.ts";
import type { Runtime } from "../runtime.ts";
import { scimError } from "../scim/error.ts";
import type { Json, JsonObject } from "../scim/json.ts";
import { type MemberChange, patchGroup } from "../scim/patch.ts";
import { normaliseGroup } from "../scim/resource.ts";
import { fail, ok, type Result } from "../scim/result.ts";
import type { Store, Tables } from "../store/schema.ts";
import { holdersOf, judgeWrite, withGroup } from "./constraints.ts";
import { findGroup, findMembersOf, type Row } from "./read.ts";
import type { WriteEffect } from "./write.ts";

type GroupRow = Row<Tables["groups"]>;
type GroupEffect = WriteEffect<GroupRow>;

// SQLite takes 32,766 values in one statement, and other engines take fewer
const chunkSize = 500;

/** POST /Groups (RFC 7644, section 3.3). */
export async function createGroup(
  store: Store,
  runtime: Runtime,
  connector: string,
  body: Json,
): Promise<Result<GroupEffect>> {
  const normalised = normaliseGroup(body);
  if (!normalised.ok) return normalised;
  const { resource, members, ignored } = normalised.value;
  return save(store, runtime, connector, undefined, resource, [{ add: members }], ignored);
}

/** PUT /Groups/:id (RFC 7644, section 3.5.1). */
export async function replaceGroup(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  body: Json,
): Promise<Result<GroupEffect>> {
  const row = await findGroup(store, connector, id);
  if (!row) return noSuchGroup(id);
  const normalised = normaliseGroup(body);
  if (!normalised.ok) return normalised;
  const { resource, members, ignored } = normalised.value;
  return save(store, runtime, connector, row, resource, [{ replace: members }], ignored);
}

/** PATCH /Groups/:id (RFC 7644, section 3.5.2). */
export async function modifyGroup(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
  body: Json,
): Promise<Result<GroupEffect>> {
  const row = await findGroup(store, connector, id);
  if (!row) return noSuchGroup(id);
  const patched = patchGroup(JSON.parse(row.resource) as JsonObject, body);
  if (!patched.ok) return patched;
  const { resource, changes, ignored } = patched.value;
  return save(store, runtime, connector, row, resource, changes, ignored);
}

/** DELETE /Groups/:id (RFC 7644, section 3.6). */
export async function deleteGroup(
  store: Store,
  runtime: Runtime,
  connector: string,
  id: string,
): Promise<Result<WriteEffect<null>>> {
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
  changes: readonly MemberChange[],
  ignored: readonly string[],
): Promise<Result<GroupEffect>> {
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

  const moved = await changeMembers(store, connector, id, changes);
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
): Promise<Result<string[]>> {
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
          users.push({ operation: "member.add", before: user, after: user, account, groups: holder.groups });
      }
  return judgeWrite(store, runtime, { connector, users, transitions, deletedGroup });
}

async function memberIds(store: Store, group: string, but: readonly string[] = []): Promise<string[]> {
  const left = new Set(but);
  return (await findMembersOf(store, [group])).flatMap(({ id }) => (left.has(id) ? [] : id));
}

/** The users that really joined or left, in the end, after every change in its order. */
async function changeMembers(
  store: Store,
  connector: string,
  group: string,
  changes: readonly MemberChange[],
): Promise<Result<{ joined: string[]; gone: string[] }>> {
  const joined = new Set<string>();
  const gone = new Set<string>();
  const add = async (users: readonly string[]): Promise<Result<null>> => {
    for (const some of chunks(users)) {
      const known = await store
        .selectFrom("users")
        .select("id")
        .where("connector", "=", connector)
        .where("id", "in", some)
        .execute();
      const ids = new Set(known.map(({ id }) => id));
      const unknown = some.find((id) => !ids.has(id));
      if (unknown !== undefined)
        return fail(
          scimError("invalidValue", `members: there is no user ${JSON.stringify(unknown.slice(0, 100))}`),
        );
      const rows = await store
        .insertInto("members")
        .values(some.map((user_id) => ({ group_id: group, user_id })))
        .onConflict((conflict) => conflict.doNothing())
        .returning("user_id")
        .execute();
      for (const { user_id } of rows) if (!gone.delete(user_id)) joined.add(user_id);
    }
    return ok(null);
  };
  const remove = async (users: readonly string[] | undefined): Promise<void> => {
    for (const some of users ? chunks(users) : [undefined]) {
      const query = store.deleteFrom("members").where("group_id", "=", group);
      const rows = await (some ? query.where("user_id", "in", some) : query).returning("user_id").execute();
      for (const { user_id } of rows) if (!joined.delete(user_id)) gone.add(user_id);
    }
  };
  for (const change of changes) {
    if ("remove" in change) await remove(change.remove);
    else if ("removeAll" in change) await remove(undefined);
    else {
      if ("replace" in change) {
        const wanted = new Set(change.replace);
        const present = await store
          .selectFrom("members")
          .select("user_id")
          .where("group_id", "=", group)
          .execute();
        await remove(present.map(({ user_id }) => user_id).filter((id) => !wanted.has(id)));
      }
      const added = await add("add" in change ? change.add : change.replace);
      if (!added.ok) return added;
    }
  }
  return ok({ joined: [...joined], gone: [...gone] });
}

async function memberAccounts(store: Store, group: string): Promise<string[]> {
  return (await findMembersOf(store, [group])).flatMap(({ account }) => account ?? []);
}

async function accountsOf(store: Store, users: readonly string[]): Promise<string[]> {
  const accounts: string[] = [];
  for (const some of chunks(users)) {
    const rows = await store
      .selectFrom("users")
      .select("account")
      .where("id", "in", some)
      .where("account", "is not", null)
      .execute();
    accounts.push(...rows.flatMap(({ account }) => account ?? []));
  }
  return accounts;
}

function displayName(row: GroupRow): string {
  return (JSON.parse(row.resource) as { displayName: string }).displayName;
}

function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += chunkSize) yield items.slice(i, i + chunkSize);
}

function some(ids: readonly string[]): string {
  return ids.length > 5 ? `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more` : ids.join(", ");
}

function noSuchGroup(id: string): Result<never> {
  return fail(scimError(404, `there is no group ${id}`));
}
