/** Stores to test, and rows for them. */
import type { Insertable, RawBuilder, SqlBool } from "kysely";
import { afterEach, beforeEach } from "vitest";
import type { OpenStore, Store, Tables } from "../../../../agent/store/schema.ts";

/** Where one store is, and stays when it is closed; nothing is there at first. */
export interface Place {
  open(environment: string): Promise<Omit<OpenStore, "room">>;
  remove(): Promise<void>;
}

/** The store of the test that runs. */
export class Subject {
  #place: Place | undefined;
  #open: Omit<OpenStore, "room"> | undefined;

  /** Registers that every test has a new one. */
  constructor(makePlace: () => Promise<Place>) {
    beforeEach(async () => {
      this.#place = await makePlace();
      await this.reopen();
    });
    afterEach(async () => {
      await this.close();
      await this.#place?.remove();
    });
  }

  get store(): Store {
    return this.#opened.store;
  }

  get reads(): Store {
    return this.#opened.reads;
  }

  get #opened(): Omit<OpenStore, "room"> {
    if (!this.#open) throw new Error("the store is closed");
    return this.#open;
  }

  /** Opens it, after it was closed. */
  async reopen(environment = "local"): Promise<void> {
    this.#open = await this.#place?.open(environment);
  }

  async close(): Promise<void> {
    await this.#open?.close();
    this.#open = undefined;
  }

  async addUsers(...users: readonly ReturnType<typeof user>[]): Promise<void> {
    for (const one of users) await this.store.insertInto("users").values(one).execute();
  }

  /** The ids of the users that meet a condition, in the order in which they were added. */
  async usersWhere(condition: RawBuilder<SqlBool>): Promise<string[]> {
    const rows = await this.store
      .selectFrom("users")
      .select("id")
      .where(condition)
      .orderBy("sequence")
      .execute();
    return rows.map(({ id }) => id);
  }
}

/** A user with this id and name. */
export function user(
  id: string,
  parts: Partial<Insertable<Tables["users"]>> = {},
): Insertable<Tables["users"]> {
  const rest = { connector: "okta", external_id: null, account: null, created: 0, modified: 0, version: 1 };
  return { id, user_name: id, resource: "{}", ...rest, ...parts };
}

/** An audit row. */
export const entry: Insertable<Tables["audit"]> = {
  ...{ at: 1, actor: "scim:okta", operation: "user.create", target: "u", detail: "" },
  ...{ status: null, release: null, code: null, rule: null, before: null, after: null, traceparent: null },
  outcome: "held",
};
