/**
 * How much writes took away and changed, as long as a limit counts; and the other facts that constraints ask for. What is counted
 * is dated by how long agents had run on the store, so that no sleep and no clock empties the time of a limit.
 */
import { sql } from "kysely";
import type { LimitedKind } from "../../model/environment/constraint/kinds.ts";
import { foldName } from "../../model/name.ts";
import type { Milliseconds } from "../../model/time.ts";
import type { Counts, WriteFacts } from "../../policy/constraints/change.ts";
import type { Store } from "../store/schema.ts";

const columns = {
  deactivations: "deactivations",
  removals: "removals",
  accessChanges: "access_changes",
} as const satisfies Record<LimitedKind, string>;

export class Activity {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Remembers how much a write changes, and forgets what nobody counts any more.
   *
   * @param measured for how long agents had run then
   * @param window for how long it counts
   */
  async record(
    connector: string,
    counts: Counts,
    measured: Milliseconds,
    window: Milliseconds,
  ): Promise<void> {
    const { deactivations, removals, accessChanges } = counts;
    if (deactivations + removals + accessChanges === 0) return;
    await this.#store
      .deleteFrom("changes")
      .where("measured", "<", measured - window)
      .execute();
    await this.#store
      .insertInto("changes")
      .values({ measured, connector, deactivations, removals, access_changes: accessChanges })
      .execute();
  }

  /** What constraints ask for, of a write that is made when agents have run for so long. */
  facts(measured: Milliseconds): Omit<WriteFacts, "holders"> {
    return {
      accounts: () => this.#accounts(),
      accountsAmong: (subjects, enough) => this.#accountsAmong(subjects, enough),
      countWithin: (kind, span, connectors) => this.#countSince(kind, measured - span, connectors),
    };
  }

  async #accounts(): Promise<number> {
    const { count } = await this.#store
      .selectFrom("users")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("account", "is not", null)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  async #accountsAmong(subjects: readonly string[], enough: number): Promise<number> {
    const found = new Set<string>();
    const accounts = this.#store.selectFrom("users").select("users.account").where("account", "is not", null);
    // one by one, so that a large group is read no further than needed
    for (const subject of subjects) {
      if (found.size >= enough) break;
      const group = groupNamed(subject);
      const rows = await (group
        ? accounts
            .innerJoin("members", "members.user_id", "users.id")
            .innerJoin("groups", "groups.roster", "members.roster")
            .where("groups.connector", "=", group.connector)
            .where("groups.display_name", "=", group.name)
            // nobody has anything by a twin
            .where("groups.twin", "=", 0)
        : accounts.where("account", "=", subject)
      )
        .limit(enough)
        .execute();
      for (const { account } of rows) if (account !== null) found.add(account);
    }
    return found.size;
  }

  async #countSince(
    kind: LimitedKind,
    since: Milliseconds,
    connectors: readonly string[] | undefined,
  ): Promise<number> {
    const changes = this.#store
      .selectFrom("changes")
      .select(({ fn }) => fn.sum<number | null>(columns[kind]).as("sum"))
      .where("measured", ">=", since)
      // written out, for the indices are of such rows alone
      .where(columns[kind], ">", sql.lit(0));
    const { sum } = await (connectors
      ? changes.where("connector", "in", connectors)
      : changes
    ).executeTakeFirstOrThrow();
    return Number(sum ?? 0);
  }
}

/** A group as its row is named, from its key `connector/group`; undefined for what is an account. */
function groupNamed(subject: string): { connector: string; name: string } | undefined {
  const end = subject.indexOf("/");
  if (end < 0) return undefined;
  return { connector: subject.slice(0, end), name: foldName(subject.slice(end + 1)) };
}
