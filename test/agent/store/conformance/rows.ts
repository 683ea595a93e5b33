/** Tables, columns, and what is true of rows. */
import { sql } from "kysely";
import { expect, test } from "vitest";
import { Directory } from "../../../../agent/directory/directory.ts";
import { dialectOf } from "../../../../agent/store/dialect.ts";
import type { Tables } from "../../../../agent/store/schema.ts";
import { entry, type Subject, user } from "./place.ts";

const columns: { readonly [table in keyof Tables]: readonly (keyof Tables[table])[] } = {
  room: ["id", "bytes"],
  meta: ["key", "value"],
  users: [
    ...(["sequence", "id", "connector", "user_name", "twin", "external_id"] as const),
    ...(["resource", "account", "identity", "claimed", "lapsed", "withheld", "withheld_since"] as const),
    ...(["speaks_of", "named"] as const),
    ...(["created", "modified", "version"] as const),
  ],
  groups: [
    ...(["sequence", "id", "connector", "display_name", "twin", "external_id"] as const),
    ...(["resource", "roster", "created", "modified", "version"] as const),
  ],
  members: ["roster", "user_id"],
  user_keys: ["user_id", "attribute", "value"],
  owners: ["account", "connector", "user_id", "external_id", "since"],
  ssh_keys: ["type", "blob", "account"],
  renumberings: ["connector", "until"],
  changes: ["measured", "connector", "deactivations", "removals", "access_changes"],
  tokens: ["sha256", "secret", "connector", "first_seen", "last_used", "last_from"],
  releases: ["digest", "policy_digest", "bindings_digest", "release"],
  release_copy: ["digest", "release"],
  repositories: ["name"],
  activations: ["sequence", "digest", "at", "by", "origin", "measured", "approval"],
  reviewed_effects: ["asker", "release", "base", "digest", "effect", "bytes", "at"],
  active: ["id", "digest", "history", "counted_from"],
  verification: ["id", "state", "detail"],
  tried_steps: ["asker", "connector", "policy", "step", "outcome", "at"],
  doors: ["connector", "door"],
  clock: ["id", "time", "reference", "measured", "gaps", "run"],
  runs: ["id", "run"],
  holds: [
    ...(["sequence", "id", "state", "connector", "place", "name", "request", "operation"] as const),
    ...(["verdicts", "rule", "owner", "waits", "removal", "meanwhile", "release", "since"] as const),
    ...(["expires", "attempts", "due", "ended", "ended_by", "reason", "bytes"] as const),
  ],
  hold_subjects: ["subject", "hold"],
  hold_people: ["user_id", "hold"],
  events: [
    ...(["sequence", "at", "kind", "connector", "rule", "owner"] as const),
    ...(["subject", "summary", "detail", "destination"] as const),
  ],
  outbox: ["id", "event"],
  matters: ["matter", "destination", "until", "count", "first", "last"],
  deliveries: [
    ...(["sequence", "id", "destination", "matter", "body", "at", "state"] as const),
    ...(["attempts", "due", "retry", "reason", "ended"] as const),
  ],
  pairs: [
    ...(["account", "connector", "user_id", "external_id"] as const),
    ...(["other_connector", "other_user_id", "other_external_id"] as const),
  ],
  break_glass: [
    ...(["id", "permission", "account", "user_id", "repository", "right"] as const),
    ...(["since", "until", "reason", "taken_by"] as const),
  ],
  audit: [
    ...(["sequence", "at", "actor", "operation", "target", "outcome", "status"] as const),
    ...(["release", "detail", "code", "rule", "before", "after", "traceparent"] as const),
  ],
  failures: [
    ...([
      "id",
      "connector",
      "kind",
      "what",
      "rule",
      "code",
      "attribute",
      "owner",
      "first_at",
      "last_at",
    ] as const),
    ...(["times", "people", "remembered", "standing", "more", "example", "detail", "told_at"] as const),
  ],
  failing: ["failure", "connector", "subject", "at", "standing", "example", "detail", "hold"],
  quarantines: ["connector", "since", "until", "round", "failed", "writes", "code"],
};

/** Registers the tests. */
export function rowTests(subject: Subject): void {
  test("all tables are there, and none has other columns", async () => {
    const found = await subject.store.introspection.getTables();
    const named = found.map(({ name, columns }) => [name, columns.map(({ name }) => name).sort()]);
    expect(Object.fromEntries(named)).toEqual(
      Object.fromEntries(Object.entries(columns).map(([name, some]) => [name, some.toSorted()])),
    );
  });

  test.each([
    ["an id", { id: "a", user_name: "other" }],
    ["a name of a connector", { user_name: "a" }],
    ["an account", { account: "ada" }],
  ])("%s is there once", async (_, parts) => {
    await subject.addUsers(user("a", { account: "ada" }), user("none"), user("far", { connector: "entra" }));
    await expect(subject.addUsers(user("b", parts))).rejects.toThrow();
    expect(await subject.usersWhere(sql`true`)).toEqual(["a", "none", "far"]);
    // of another connector, without an account
    await subject.addUsers(user("b", { user_name: "a", connector: "entra" }));
  });

  test("a conflict that is ignored returns only what is new", async () => {
    const insert = (...users: string[]) =>
      subject.store
        .insertInto("members")
        .values(users.map((user_id) => ({ roster: "g", user_id })))
        .onConflict((conflict) => conflict.doNothing())
        .returning("user_id")
        .execute();
    expect(await insert("a", "b")).toEqual([{ user_id: "a" }, { user_id: "b" }]);
    expect(await insert("b", "c")).toEqual([{ user_id: "c" }]);
    expect(await insert("c")).toEqual([]);
    const removed = subject.store.deleteFrom("members").where("user_id", "in", ["a", "c", "x"]);
    const gone = await removed.returning("user_id").execute();
    expect(gone.map(({ user_id }) => user_id).sort()).toEqual(["a", "c"]);
  });

  test("numbers go up, and those of activations and audit rows are never given twice", async () => {
    await subject.addUsers(user("b"), user("a"));
    const users = await subject.store
      .selectFrom("users")
      .select(["id", "sequence"])
      .orderBy("sequence")
      .execute();
    expect(users.map(({ id }) => id)).toEqual(["b", "a"]);
    const add = async () => {
      const activation = { digest: null, at: 1, by: "ci", origin: "{}", measured: 0 };
      const rows = [
        await subject.store.insertInto("audit").values(entry).returning("sequence").executeTakeFirstOrThrow(),
        await subject.store
          .insertInto("activations")
          .values(activation)
          .returning("sequence")
          .executeTakeFirstOrThrow(),
      ];
      return rows.map(({ sequence }) => sequence);
    };
    const [audit = 0, activation = 0] = await add();
    await subject.store.deleteFrom("audit").execute();
    await subject.store.deleteFrom("activations").execute();
    expect(await add()).toEqual([audit + 1, activation + 1]);
  });

  test("an audit row comes back as it was written, in the order of the writes", async () => {
    const full = {
      ...entry,
      status: 409,
      release: "sha256:0",
      code: "held",
      rule: "a b",
      before: "{}",
      after: "[]",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    };
    await subject.store
      .insertInto("audit")
      .values([entry, full, { ...entry, outcome: "done" }])
      .execute();
    const rows = await subject.store.selectFrom("audit").selectAll().orderBy("sequence").execute();
    expect(rows.map(({ sequence: _, ...row }) => row)).toEqual([entry, full, { ...entry, outcome: "done" }]);
  });

  test("times are exact, and numbers are numbers", async () => {
    const times = [0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 8_640_000_000_000_000, Number.MAX_SAFE_INTEGER];
    await subject.addUsers(
      ...times.map((time, index) => user(`u${index}`, { created: time, modified: time })),
    );
    const rows = await subject.store
      .selectFrom("users")
      .select("created")
      .orderBy("created", "desc")
      .execute();
    expect(rows.map(({ created }) => created)).toEqual(times.toReversed());
    expect(await subject.usersWhere(sql`created > ${2 ** 31}`)).toEqual(["u3", "u4", "u5"]);
    const change = {
      measured: 2 ** 41,
      connector: "okta",
      deactivations: 2,
      removals: 2 ** 31,
      access_changes: 0,
    };
    await subject.store.insertInto("changes").values([change, change]).execute();
    const { count, sum } = await subject.store
      .selectFrom("changes")
      .select(({ fn }) => [fn.countAll<number>().as("count"), fn.sum<number>("removals").as("sum")])
      .executeTakeFirstOrThrow();
    expect([Number(count), Number(sum)]).toEqual([2, 2 ** 32]);
  });

  test("everybody's accounts and lists of members are read in pieces, whole", async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `a"${String(i).padStart(5, "0")}`);
    for (let i = 0; i < names.length; i += 1_000)
      await subject.store
        .insertInto("owners")
        .values(
          names
            .slice(i, i + 1_000)
            .map((account) => ({ account, connector: "okta", user_id: "u", external_id: null, since: 0 })),
        )
        .execute();
    const people = names.filter((_, i) => i % 100 === 0);
    await subject.store
      .insertInto("users")
      .values([...people.map((account, i) => ({ ...user(`u${i}`), account })), user("without")])
      .execute();
    const { owners, memberships } = new Directory(subject.store);
    const withUsers = await owners.withUsers();
    expect(withUsers.map(({ account }) => account)).toEqual(names);
    expect(withUsers.filter(({ user }) => user !== null)).toEqual(
      people.map((account, i) => ({ account, user: `u${i}` })),
    );
    const rosters = Array.from({ length: 130 }, (_, i) => `r${i}`);
    await subject.store
      .insertInto("members")
      .values(
        rosters
          .slice(1)
          .flatMap((roster, i) => [
            ...[i % 100, (i + 1) % 100].map((n) => ({ roster, user_id: `u${n}` })),
            { roster, user_id: "without" },
          ]),
      )
      .execute();
    const found = new Map<string, string[]>();
    for await (const { roster, accounts } of memberships.accountsOf(rosters))
      found.set(roster, [...accounts].sort());
    expect(found).toEqual(
      new Map(
        rosters
          .slice(1)
          .map((roster, i) => [roster, [i % 100, (i + 1) % 100].map((n) => people[n] ?? "").sort()]),
      ),
    );
  });

  test("a list of ids may be long, empty, or name one twice", async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => `u${index}`);
    for (let i = 0; i < many.length; i += 500)
      await subject.store
        .insertInto("users")
        .values(many.slice(i, i + 500).map((id) => user(id)))
        .execute();
    const { isAmong } = dialectOf(subject.store);
    expect(await subject.usersWhere(isAmong("id", [...many, "nobody"]))).toEqual(many);
    expect(await subject.usersWhere(isAmong("id", []))).toEqual([]);
    expect(await subject.usersWhere(isAmong("id", ["u7", "u3", "u7"]))).toEqual(["u3", "u7"]);
    expect(
      await subject.usersWhere(
        sql`${isAmong("users.id", ["u1"])} and ${dialectOf(subject.store).unindexed("connector")} = ${"okta"}`,
      ),
    ).toEqual(["u1"]);
  });
}
