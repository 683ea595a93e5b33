/** The members of groups as rows: a group is never loaded to add one to it. */

import { fail, ok } from "../../model/result.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import { nestedGroups } from "../../scim/members.ts";
import type { MemberChange } from "../../scim/patch/member-changes.ts";
import type { Store } from "../store/schema.ts";
import { findGroup } from "./read.ts";

// SQLite takes 32,766 values in one statement, and other engines take fewer
const chunkSize = 500;

/**
 * Changes the members of a group, and answers the users that really joined or left.
 *
 * @returns `invalidValue` where somebody is to join who is no user of the connector
 */
export async function changeMembers(
  store: Store,
  connector: string,
  group: string,
  { keepsOthers, add, remove, passing }: MemberChange,
): Promise<ScimResult<{ joined: string[]; gone: string[] }>> {
  for (const ids of [passing, add]) {
    const exist = await expectUsers(store, connector, ids);
    if (!exist.ok) return exist;
  }
  const gone = await leave(store, group, keepsOthers ? remove : await memberIds(store, group, add));
  const joined: string[] = [];
  for (const some of chunks(add)) {
    const rows = await store
      .insertInto("members")
      .values(some.map((user_id) => ({ group_id: group, user_id })))
      .onConflict((conflict) => conflict.doNothing())
      .returning("user_id")
      .execute();
    for (const { user_id } of rows) joined.push(user_id);
  }
  return ok({ joined, gone });
}

/** Takes users out of a group; answers those that were in it. */
async function leave(store: Store, group: string, users: readonly string[]): Promise<string[]> {
  const gone: string[] = [];
  for (const some of chunks(users)) {
    const rows = await store
      .deleteFrom("members")
      .where("group_id", "=", group)
      .where("user_id", "in", some)
      .returning("user_id")
      .execute();
    for (const { user_id } of rows) gone.push(user_id);
  }
  return gone;
}

/** Refused where an id is none of a user of the connector. */
async function expectUsers(
  store: Store,
  connector: string,
  ids: readonly string[],
): Promise<ScimResult<null>> {
  for (const some of chunks(ids)) {
    const known = await store
      .selectFrom("users")
      .select("id")
      .where("connector", "=", connector)
      .where("id", "in", some)
      .execute();
    const users = new Set(known.map(({ id }) => id));
    const unknown = some.find((id) => !users.has(id));
    if (unknown === undefined) continue;
    const group = await findGroup(store, connector, unknown);
    const problem = group ? nestedGroups : `there is no user ${JSON.stringify(unknown.slice(0, 100))}`;
    return fail(scimError("invalidValue", `members: ${problem}`));
  }
  return ok(null);
}

/** The users in a group, by id, but for some. */
export async function memberIds(store: Store, group: string, but: readonly string[] = []): Promise<string[]> {
  const left = new Set(but);
  const rows = await store.selectFrom("members").select("user_id").where("group_id", "=", group).execute();
  return rows.flatMap(({ user_id }) => (left.has(user_id) ? [] : user_id));
}

/** The accounts of the users in a group. */
export async function memberAccounts(store: Store, group: string): Promise<string[]> {
  const rows = await store
    .selectFrom("members")
    .innerJoin("users", "users.id", "members.user_id")
    .select("users.account")
    .where("members.group_id", "=", group)
    .where("users.account", "is not", null)
    .execute();
  return rows.flatMap(({ account }) => account ?? []);
}

/** The accounts of users that have one. */
export async function accountsOf(store: Store, users: readonly string[]): Promise<string[]> {
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

/** A list in pieces that fit into one statement. */
export function* chunks<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < items.length; i += chunkSize) yield items.slice(i, i + chunkSize);
}
