/** The rights that people took for themselves and have: one of an account in a repository. What has ended is in the audit alone. */
import type { Selectable } from "kysely";
import type { Milliseconds } from "../../model/time.ts";
import type { TakenRight } from "../../policy/break-glass.ts";
import type { Store, Tables } from "../store/schema.ts";

/** A right that was taken, by whom, when and why. */
export type BreakGlassRow = Selectable<Tables["break_glass"]> & TakenRight;

export class TakenRights {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** All of them, in the order of their accounts and repositories. */
  all(): Promise<BreakGlassRow[]> {
    return this.#store
      .selectFrom("break_glass")
      .selectAll()
      .orderBy("account")
      .orderBy("repository")
      .execute();
  }

  find(id: string): Promise<BreakGlassRow | undefined> {
    return this.#store.selectFrom("break_glass").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** That of an account in a repository. */
  there(account: string, repository: string): Promise<BreakGlassRow | undefined> {
    return this.#store
      .selectFrom("break_glass")
      .selectAll()
      .where("account", "=", account)
      .where("repository", "=", repository)
      .executeTakeFirst();
  }

  async put(row: BreakGlassRow): Promise<void> {
    await this.#store.insertInto("break_glass").values(row).execute();
  }

  async end(id: string): Promise<void> {
    await this.#store.deleteFrom("break_glass").where("id", "=", id).execute();
  }

  /** Has one end at another time. */
  async endAt(id: string, until: number): Promise<void> {
    await this.#store.updateTable("break_glass").set({ until }).where("id", "=", id).execute();
  }

  /** Each is as old as before when the clock goes back. */
  async setBack(by: Milliseconds): Promise<void> {
    await this.#store
      .updateTable("break_glass")
      .set(({ eb }) => ({ since: eb("since", "-", by), until: eb("until", "-", by) }))
      .execute();
  }
}
