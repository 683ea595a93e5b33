/** Who is in which group, as rows: a group is never loaded to add one to it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
import { fail, ok } from "../../model/result.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import { nestedGroups, quoteSome } from "../../scim/members.ts";
import type { MemberChange } from "../../scim/patch/member-changes.ts";
import { dialectOf } from "../store/dialect.ts";
import type { Store } from "../store/schema.ts";
import { chunks } from "./rows.ts";

/** How many members are read at once: others have their turn in between. */
const pageSize = 5_000;

/** The users, by SCIM id, who really joined or left. */
export interface Moved {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

export class Memberships {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Changes the members of a group. Ids that are of no user of the connector are left out.
   *
   * @returns `invalidValue` where somebody shall be a member and none of them is such a user, or one is a group
   */
  async change(
    connector: string,
    group: string,
    { keepsOthers, add, remove, passing }: MemberChange,
  ): Promise<ScimResult<Moved & { readonly unknown: readonly string[] }>> {
    const unknown = await this.unknownUsers(connector, [...passing, ...add]);
    if (await this.#anyGroup(connector, [...unknown]))
      return fail(scimError("invalidValue", `members: ${nestedGroups}`));
    if (unknown.size > 0 && unknown.size === add.length + passing.length)
      return fail(scimError("invalidValue", `members: there is no user ${quoteSome([...unknown])}`));
    const left = await this.#leave(group, keepsOthers ? remove : await this.members(group, add));
    const dialect = dialectOf(this.#store);
    const joined: string[] = [];
    for (const some of chunks(add.filter((id) => !unknown.has(id)))) {
      const { rows } = await sql<{ user_id: string }>`
        insert into members (group_id, user_id) select ${group}, value from ${dialect.listOf(some)} where true
        on conflict do nothing returning user_id`.execute(this.#store);
      for (const { user_id } of rows) joined.push(user_id);
      await nextTurn();
    }
    const were = new Set(left);
    for (const id of await this.unknownUsers(
      connector,
      remove.filter((id) => !were.has(id)),
    ))
      unknown.add(id);
    return ok({ joined, left, unknown: [...unknown] });
  }

  /** The members of a group whom a change takes out of it. */
  async leaving(group: string, { keepsOthers, add, remove }: MemberChange): Promise<string[]> {
    if (!keepsOthers) return this.members(group, add);
    const dialect = dialectOf(this.#store);
    const members: string[] = [];
    for (const some of chunks(remove)) {
      const rows = await this.#store
        .selectFrom("members")
        .select("user_id")
        .where("group_id", "=", group)
        .where(dialect.isAmong("user_id", some))
        .execute();
      for (const { user_id } of rows) members.push(user_id);
      await nextTurn();
    }
    return members;
  }

  /** Takes users out of a group; answers those that were in it. */
  async #leave(group: string, users: readonly string[]): Promise<string[]> {
    const dialect = dialectOf(this.#store);
    const left: string[] = [];
    for (const some of chunks(users)) {
      const rows = await this.#store
        .deleteFrom("members")
        .where("group_id", "=", group)
        .where(dialect.isAmong("user_id", some))
        .returning("user_id")
        .execute();
      for (const { user_id } of rows) left.push(user_id);
      await nextTurn();
    }
    return left;
  }

  /** Those of these ids, of which none is there twice, that are of no user of the connector. */
  async unknownUsers(connector: string, ids: readonly string[]): Promise<Set<string>> {
    const unknown = new Set(ids);
    // by the ids: the engine would rather read everybody of the connector for each piece
    const dialect = dialectOf(this.#store);
    const owner = dialect.unindexed("connector");
    for (const some of chunks(ids)) {
      const known = await this.#store
        .selectFrom("users")
        .select("id")
        .where(owner, "=", connector)
        .where(dialect.isAmong("id", some))
        .execute();
      for (const { id } of known) unknown.delete(id);
      await nextTurn();
    }
    return unknown;
  }

  async #anyGroup(connector: string, ids: readonly string[]): Promise<boolean> {
    const dialect = dialectOf(this.#store);
    const owner = dialect.unindexed("connector");
    for (const some of chunks(ids)) {
      const group = await this.#store
        .selectFrom("groups")
        .select("id")
        .where(owner, "=", connector)
        .where(dialect.isAmong("id", some))
        .executeTakeFirst();
      if (group) return true;
      await nextTurn();
    }
    return false;
  }

  /** Takes a user out of all groups; answers these, by SCIM id. */
  async endOfUser(user: string): Promise<string[]> {
    const rows = await this.#store
      .deleteFrom("members")
      .where("user_id", "=", user)
      .returning("group_id")
      .execute();
    return rows.map(({ group_id }) => group_id);
  }

  /** Takes everybody out of a group; answers them, by SCIM id. */
  async endOfGroup(group: string): Promise<string[]> {
    const rows = await this.#store
      .deleteFrom("members")
      .where("group_id", "=", group)
      .returning("user_id")
      .execute();
    return rows.map(({ user_id }) => user_id);
  }

  /** The users in a group, by SCIM id, but for some. */
  async members(group: string, but: readonly string[] = []): Promise<string[]> {
    const others = new Set(but);
    const members: string[] = [];
    for (let last: string | undefined = ""; last !== undefined; ) {
      const rows: { user_id: string }[] = await this.#store
        .selectFrom("members")
        .select("user_id")
        .where("group_id", "=", group)
        .where("user_id", ">", last)
        .orderBy("user_id")
        .limit(pageSize)
        .execute();
      for (const { user_id } of rows) if (!others.has(user_id)) members.push(user_id);
      last = rows.length < pageSize ? undefined : rows.at(-1)?.user_id;
      await nextTurn();
    }
    return members;
  }

  /** The accounts of the users in a group. */
  async accounts(group: string): Promise<string[]> {
    const rows = await this.#store
      .selectFrom("members")
      .innerJoin("users", "users.id", "members.user_id")
      .select("users.account")
      .where("members.group_id", "=", group)
      .where("users.account", "is not", null)
      .execute();
    return rows.flatMap(({ account }) => account ?? []);
  }

  /** The groups that users are in. */
  groupsOf(users: readonly string[]) {
    return this.#store
      .selectFrom("members")
      .innerJoin("groups", "groups.id", "members.group_id")
      .select([
        "members.user_id",
        "groups.id",
        "groups.connector",
        "groups.display_name",
        "groups.twin",
        "groups.resource",
      ])
      .where(dialectOf(this.#store).isAmong("members.user_id", users))
      .orderBy("groups.sequence")
      .execute();
  }

  /** The members of groups, by id and name. */
  membersOf(groups: readonly string[]) {
    const dialect = dialectOf(this.#store);
    return (
      this.#store
        .selectFrom("members")
        .innerJoin("users", "users.id", "members.user_id")
        // of a user who may be large, nothing but the name
        .select(["members.group_id", "users.id", dialect.textIn("users.resource", "userName").as("display")])
        .where(dialect.isAmong("members.group_id", groups))
        .orderBy("users.sequence")
        .execute()
    );
  }

  /** The members of every group, by SCIM ids. */
  async byGroup(): Promise<Map<string, string[]>> {
    const rows = await this.#store.selectFrom("members").selectAll().execute();
    const members = new Map<string, string[]>();
    for (const { group_id, user_id } of rows) {
      const ids = members.get(group_id);
      if (ids) ids.push(user_id);
      else members.set(group_id, [user_id]);
    }
    return members;
  }

  /** Every account with the groups that it is in, by connector and folded name. */
  ofAccounts() {
    return this.#store
      .selectFrom("members")
      .innerJoin("users", "users.id", "members.user_id")
      .innerJoin("groups", "groups.id", "members.group_id")
      .select([
        "users.account as account",
        "groups.connector as connector",
        "groups.display_name as name",
        "groups.twin as twin",
      ])
      .where("users.account", "is not", null)
      .execute();
  }
}
