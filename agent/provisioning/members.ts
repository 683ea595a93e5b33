/** The members of groups as rows: a group is never loaded to add one to it. */
import { scimError } from "../scim/error.ts";
import { nestedGroups } from "../scim/members.ts";
import type { MemberChange } from "../scim/patch.ts";
import { fail, ok, type Result } from "../scim/result.ts";
import type { Store } from "../store/schema.ts";
import { findGroup, findMembersOf } from "./read.ts";

// SQLite takes 32,766 values in one statement, and other engines take fewer
const chunkSize = 500;

/** Changes the members of a group, and answers the users that really joined or left in the end, after every change in its order. */
export async function changeMembers(
  store: Store,
  connector: string,
  group: string,
  changes: readonly MemberChange[],
): Promise<Result<{ joined: string[]; gone: string[] }>> {
  const joined = new Set<string>();
  const gone = new Set<string>();
  const add = async (users: readonly string[]): Promise<Result<null>> => {
    const exist = await expectUsers(store, connector, users);
    if (!exist.ok) return exist;
    for (const some of chunks(users)) {
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
    if ("exist" in change) {
      const exist = await expectUsers(store, connector, change.exist);
      if (!exist.ok) return exist;
    } else if ("remove" in change) await remove(change.remove);
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

/** Refused where an id is none of a user of the connector. */
async function expectUsers(store: Store, connector: string, ids: readonly string[]): Promise<Result<null>> {
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
  return (await findMembersOf(store, [group])).flatMap(({ id }) => (left.has(id) ? [] : id));
}

/** The accounts of the users in a group. */
export async function memberAccounts(store: Store, group: string): Promise<string[]> {
  return (await findMembersOf(store, [group])).flatMap(({ account }) => account ?? []);
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
