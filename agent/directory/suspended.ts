/** Who has no access while something of theirs is held, since the constraint that holds it says so: by SCIM id. */
import type { Store } from "../store/schema.ts";
import { chunks } from "./rows.ts";

export class Suspended {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** All of them. */
  async all(): Promise<Set<string>> {
    return new Set((await this.#people().execute()).map(({ user_id }) => user_id));
  }

  /** Those of some users. */
  async among(users: readonly string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const some of chunks(users))
      for (const { user_id } of await this.#people().where("user_id", "in", some).execute())
        found.add(user_id);
    return found;
  }

  #people() {
    return this.#store
      .selectFrom("hold_people")
      .innerJoin("holds", "holds.id", "hold_people.hold")
      .select("user_id")
      .distinct()
      .where("holds.meanwhile", "=", "suspend")
      .where("holds.state", "=", "pending");
  }
}
