/** Until when the users of a connector may get other externalIds: its provider's mapping changed for everybody. */
import type { Milliseconds, Time } from "../../model/time.ts";
import type { Store } from "../store/schema.ts";

export class Renumberings {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether a connector's users may at a time. */
  async allows(connector: string, now: Time): Promise<boolean> {
    const found = await this.#store
      .selectFrom("renumberings")
      .select("until")
      .where("connector", "=", connector)
      .where("until", ">", now)
      .executeTakeFirst();
    return found !== undefined;
  }

  /** Allows it until a time, in place of what was allowed before; null allows it no longer. */
  async allow(connector: string, until: Time | null): Promise<void> {
    await this.#store.deleteFrom("renumberings").where("connector", "=", connector).execute();
    if (until !== null) await this.#store.insertInto("renumberings").values({ connector, until }).execute();
  }

  /** Each lasts for as long as before when the clock goes back. */
  async setBack(by: Milliseconds): Promise<void> {
    await this.#store
      .updateTable("renumberings")
      .set(({ eb }) => ({ until: eb("until", "-", by) }))
      .execute();
  }

  /** Those that are allowed at a time. */
  all(now: Time): Promise<{ connector: string; until: Time }[]> {
    return this.#store
      .selectFrom("renumberings")
      .selectAll()
      .where("until", ">", now)
      .orderBy("connector")
      .execute();
  }
}
