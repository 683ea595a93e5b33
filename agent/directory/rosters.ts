/** Lists of members, each by a name: that of a group, or one that is only being made, or given up. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { sql } from "kysely";
import { dialectOf } from "../store/dialect.ts";
import type { Store } from "../store/schema.ts";
import { chunks } from "./rows.ts";

/** How many members are read at once: others have their turn in between. */
const pageSize = 5_000;

export class Rosters {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Puts users into a roster, as many as one statement takes; answers those that were not in it. */
  async join(roster: string, users: readonly string[]): Promise<string[]> {
    const { rows } = await sql<{ user_id: string }>`
      insert into members (roster, user_id) select ${roster}, value from ${dialectOf(this.#store).listOf(users)}
      where true on conflict do nothing returning user_id`.execute(this.#store);
    return rows.map(({ user_id }) => user_id);
  }

  /** Those of some users, as many as one statement takes, who are in a roster. */
  async among(roster: string, users: readonly string[]): Promise<string[]> {
    const rows = await this.#store
      .selectFrom("members")
      .select("user_id")
      .where("roster", "=", roster)
      .where(dialectOf(this.#store).isAmong("user_id", users))
      .execute();
    return rows.map(({ user_id }) => user_id);
  }

  /** Takes users out of a roster; answers those that were in it. */
  async leave(roster: string, users: readonly string[]): Promise<string[]> {
    const dialect = dialectOf(this.#store);
    const left: string[] = [];
    for (const some of chunks([...users].sort())) {
      const rows = await this.#store
        .deleteFrom("members")
        .where("roster", "=", roster)
        .where(dialect.isAmong("user_id", some))
        .returning("user_id")
        .execute();
      for (const { user_id } of rows) left.push(user_id);
      await nextTurn();
    }
    return left;
  }

  /** The users in a roster, by SCIM id, but for some. */
  async members(roster: string, but: readonly string[] = []): Promise<string[]> {
    const others = new Set(but);
    const members: string[] = [];
    for (let last: string | undefined = ""; last !== undefined; ) {
      const page = await this.page(roster, last, pageSize);
      for (const id of page) if (!others.has(id)) members.push(id);
      last = page.length < pageSize ? undefined : page.at(-1);
      await nextTurn();
    }
    return members;
  }

  /** The members of a roster behind one of them, in the order of their ids. */
  async page(roster: string, last: string, limit: number): Promise<string[]> {
    const rows = await this.#store
      .selectFrom("members")
      .select("user_id")
      .where("roster", "=", roster)
      .where("user_id", ">", last)
      .orderBy("user_id")
      .limit(limit)
      .execute();
    return rows.map(({ user_id }) => user_id);
  }

  /** Whether a roster has more members than so many. */
  async hasMoreThan(roster: string, count: number): Promise<boolean> {
    const row = await this.#store
      .selectFrom("members")
      .select("user_id")
      .where("roster", "=", roster)
      .limit(1)
      .offset(count)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** How many members a roster has. */
  async count(roster: string): Promise<number> {
    const { count } = await this.#store
      .selectFrom("members")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("roster", "=", roster)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** Gives up some of a roster that is no group's; answers whether there may be more. */
  async forget(roster: string, limit: number): Promise<boolean> {
    const group = this.#store.selectFrom("groups").select("id").where("roster", "=", roster);
    if (await group.executeTakeFirst()) return false;
    const some = await this.page(roster, "", limit);
    await this.leave(roster, some);
    return some.length > 0;
  }

  /** The first roster behind one, in the order of their names. */
  async nextRoster(last: string): Promise<string | undefined> {
    const row = await this.#store
      .selectFrom("members")
      .select("roster")
      .where("roster", ">", last)
      .orderBy("roster")
      .limit(1)
      .executeTakeFirst();
    return row?.roster;
  }
}
