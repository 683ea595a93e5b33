/** Who is in which group, as rows: a group is never loaded to add one to it. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { fail, ok } from "../../model/result.ts";
import { type ScimError, type ScimResult, scimError } from "../../scim/error.ts";
import { nestedGroups, quoteSome } from "../../scim/members.ts";
import type { MemberChange } from "../../scim/patch/member-changes.ts";
import { dialectOf } from "../store/dialect.ts";
import type { Store } from "../store/schema.ts";
import { Rosters } from "./rosters.ts";
import { chunks } from "./rows.ts";

/** The users, by SCIM id, who really joined or left. */
export interface Moved {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** Of so many lists the members are read at once. */
const rostersAtOnce = 64;

export class Memberships extends Rosters {
  readonly #store: Store;

  constructor(store: Store) {
    super(store);
    this.#store = store;
  }

  /**
   * Changes the members of a group, in the order of their ids: so an index is read page by page. Ids that are of no user of the connector are left out.
   *
   * @returns `invalidValue` where somebody shall be a member and none of them is such a user, or one is a group
   */
  async change(
    connector: string,
    roster: string,
    { keepsOthers, add, remove, passing }: MemberChange,
  ): Promise<ScimResult<Moved & { readonly unknown: readonly string[] }>> {
    const unknown = await this.unknownUsers(connector, [...passing, ...add]);
    const wrong =
      (await this.nested(connector, [...unknown])) ?? nobodyKnown(unknown, add.length + passing.length);
    if (wrong) return fail(wrong);
    const left = await this.leave(roster, keepsOthers ? remove : await this.members(roster, add));
    const joined: string[] = [];
    for (const some of chunks(add.filter((id) => !unknown.has(id)).sort())) {
      for (const id of await this.join(roster, some)) joined.push(id);
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
  async leaving(roster: string, { keepsOthers, add, remove }: MemberChange): Promise<string[]> {
    if (!keepsOthers) return this.members(roster, add);
    const members: string[] = [];
    for (const some of chunks(remove)) {
      for (const id of await this.among(roster, some)) members.push(id);
      await nextTurn();
    }
    return members;
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

  /** What is wrong where one of these who shall be members is a group of the connector. */
  async nested(connector: string, ids: readonly string[]): Promise<ScimError | undefined> {
    return (await this.#anyGroup(connector, ids))
      ? scimError("invalidValue", `members: ${nestedGroups}`)
      : undefined;
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
      .selectFrom("members")
      .innerJoin("groups", "groups.roster", "members.roster")
      .select("groups.id")
      .where("members.user_id", "=", user)
      .execute();
    // out of what is only being made too
    await this.#store.deleteFrom("members").where("user_id", "=", user).execute();
    return rows.map(({ id }) => id);
  }

  /** Takes everybody out of a group; answers them, by SCIM id. */
  async endOfGroup(roster: string): Promise<string[]> {
    const rows = await this.#store
      .deleteFrom("members")
      .where("roster", "=", roster)
      .returning("user_id")
      .execute();
    return rows.map(({ user_id }) => user_id);
  }

  /** The accounts of the users in a group. */
  async accounts(roster: string): Promise<string[]> {
    const rows = await this.#store
      .selectFrom("members")
      .innerJoin("users", "users.id", "members.user_id")
      .select("users.account")
      .where("members.roster", "=", roster)
      .where("users.account", "is not", null)
      .execute();
    return rows.flatMap(({ account }) => account ?? []);
  }

  /** The groups that users are in. */
  groupsOf(users: readonly string[]) {
    return this.#store
      .selectFrom("members")
      .innerJoin("groups", "groups.roster", "members.roster")
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
        .selectFrom("groups")
        .innerJoin("members", "members.roster", "groups.roster")
        .innerJoin("users", "users.id", "members.user_id")
        // of a user who may be large, nothing but the name
        .select([
          "groups.id as group_id",
          "users.id",
          dialect.textIn("users.resource", "userName").as("display"),
        ])
        .where(dialect.isAmong("groups.id", groups))
        .orderBy("users.sequence")
        .execute()
    );
  }

  /** The members of a roster behind one of them, in the order of their ids, by id and name. */
  async named(roster: string, last: string, limit: number): Promise<{ id: string; display: string }[]> {
    return this.#store
      .selectFrom("members")
      .innerJoin("users", "users.id", "members.user_id")
      .select(["users.id", dialectOf(this.#store).textIn("users.resource", "userName").as("display")])
      .where("members.roster", "=", roster)
      .where("members.user_id", ">", last)
      .orderBy("members.user_id")
      .limit(limit)
      .execute();
  }

  /** The members of every group, by SCIM ids. */
  async byGroup(): Promise<Map<string, string[]>> {
    // a row of each membership would take longer to read than all that is made of it
    const rows = await this.#store
      .selectFrom("members")
      .innerJoin("groups", "groups.roster", "members.roster")
      .select(["groups.id", dialectOf(this.#store).gathered("members.user_id").as("users")])
      .groupBy("groups.id")
      .execute();
    return new Map(rows.map(({ id, users }) => [id, JSON.parse(users) as string[]]));
  }

  /** The accounts of those in some lists of members, of each that anybody with an account is in. Others have their turn in between. */
  async *accountsOf(
    rosters: readonly string[],
  ): AsyncGenerator<{ readonly roster: string; readonly accounts: readonly string[] }> {
    const { isAmong, gathered } = dialectOf(this.#store);
    for (let i = 0; i < rosters.length; i += rostersAtOnce) {
      const rows = await this.#store
        .selectFrom("members")
        .innerJoin("users", "users.id", "members.user_id")
        .select(["members.roster", gathered("users.account").as("accounts")])
        .where(isAmong("members.roster", rosters.slice(i, i + rostersAtOnce)))
        .where("users.account", "is not", null)
        .groupBy("members.roster")
        .execute();
      for (const { roster, accounts } of rows) yield { roster, accounts: JSON.parse(accounts) };
      await nextTurn();
    }
  }
}

/** What is wrong where none of so many who shall be members is a user. */
export function nobodyKnown(unknown: ReadonlySet<string>, of: number): ScimError | undefined {
  return unknown.size > 0 && unknown.size === of
    ? scimError("invalidValue", `members: there is no user ${quoteSome([...unknown])}`)
    : undefined;
}
