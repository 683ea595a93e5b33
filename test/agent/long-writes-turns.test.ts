/** While a large group is written, others have their turn; what comes for the same group waits. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import Database from "libsql";
import { pino } from "pino";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { AgentClock } from "../../agent/clock/clock.ts";
import { Directory } from "../../agent/directory/directory.ts";
import { Memberships } from "../../agent/directory/memberships.ts";
import { AccessFile } from "../../agent/mercurial/access-file.ts";
import { fingerprintOf } from "../../agent/operations/held/fingerprint.ts";
import type { ResourceOperation } from "../../agent/operations/operation.ts";
import { Writer } from "../../agent/operations/writer.ts";
import { typesOf } from "../../agent/releases/runtime.ts";
import type { Store } from "../../agent/store/schema.ts";
import { openMemoryStore } from "../../agent/store/sqlite.ts";
import { loadEnvironment } from "../../model/load.ts";
import type { Release } from "../../model/release.ts";
import { compileRelease } from "../../policy/program.ts";
import type { JsonObject } from "../../scim/json.ts";

/** More than is moved at once, in six pieces of a draft and six steps of the access file. */
const ids = Array.from({ length: 5_500 }, (_, i) => `u${String(i).padStart(4, "0")}`);
const [first = "", second = ""] = ids;
const actor = "scim:okta";
const okta = { actor, connector: "okta" } as const;

let folder: string;
let store: Store;
let access: AccessFile;
let writer: Writer;
let release: Release;

/** Starts as an agent does that finds this store and this access file. */
async function start(constraints: Release["constraints"] = {}): Promise<void> {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  release = { ...loaded.value.release, constraints: { ...loaded.value.release.constraints, ...constraints } };
  const digests = { digest: "sha256:0", policyDigest: "", bindingsDigest: "" };
  const active = { release, ...digests, activatedAt: 0, activatedBy: "test", origin: { sources: {} } };
  const log = pino({ enabled: false });
  writer = new Writer({
    store,
    access,
    host: { environment: "local", repositories: folder, references: ["ref+env://SCIM_*"] },
    log,
    clock: new AgentClock({ system: () => 1, uptime: () => 1, log }),
    active: { active, program: compileRelease(release), types: typesOf(release), connectors: [] },
  });
  await writer.reconcile();
}

const userRow = (id: string) => ({
  ...{ id, connector: "okta", user_name: `${id}@example.com`, account: id },
  resource: JSON.stringify({ active: true, userName: `${id}@example.com` }),
  ...{ created: 0, modified: 0, version: 1 },
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-long-"));
  store = await openMemoryStore("local");
  for (let i = 0; i < ids.length; i += 500) {
    const some = ids.slice(i, i + 500);
    await store.insertInto("users").values(some.map(userRow)).execute();
    await store
      .insertInto("owners")
      .values(some.map((id) => ({ account: id, connector: "okta", user_id: id, since: 0 })))
      .execute();
  }
  access = await AccessFile.open(join(folder, "access.db"), "local");
  await start();
});
afterEach(async () => {
  await writer.close();
  access.close();
  await store.destroy();
  rmSync(folder, { recursive: true });
});

const members = (some: readonly string[]) => some.map((value) => ({ value }));
const bytes = (body: JsonObject) => Buffer.from(JSON.stringify(body));
const submit = (operation: ResourceOperation) => writer.submit(operation);
const large = (operation: ResourceOperation, body: JsonObject) =>
  writer.submit(operation, { bytes: bytes(body) });
const modify = (id: string, ...operations: JsonObject[]) =>
  ({ ...okta, kind: "group", verb: "modify", id, body: { Operations: operations } }) as const;
const setActive = (id: string, active: boolean): ResourceOperation => {
  const body = { Operations: [{ op: "replace", path: "active", value: active }] };
  return { ...okta, kind: "user", verb: "modify", id, body };
};

/** Makes a group of all of them; answers its id. */
async function everybody(displayName: string, some: readonly string[] = ids): Promise<string> {
  const body = { displayName, members: members(some) };
  const made = await large({ ...okta, kind: "group", verb: "create", body: {} }, body);
  if (made.kind !== "done") throw new Error(made.detail);
  return made.target;
}

const rosterOf = async (id: string) =>
  (await store.selectFrom("groups").select("roster").where("id", "=", id).executeTakeFirst())?.roster ?? "";
const membersOf = async (id: string) => new Directory(store).memberships.members(await rosterOf(id));
const enforced = (key: string) => {
  const file = new Database(join(folder, "access.db"), { readonly: true });
  const rows = file.prepare('SELECT account FROM memberships WHERE "group" = ? ORDER BY 1').raw().all(key);
  file.close();
  return rows.flat() as string[];
};
const strays = async () =>
  (
    await store
      .selectFrom("members")
      .select("roster")
      .distinct()
      .where("roster", "not in", (q) => q.selectFrom("groups").select("roster"))
      .execute()
  ).length;

/** How many small operations, each sent when the one before it is answered, are answered before a long one is. */
async function answeredMeanwhile(long: Promise<unknown>): Promise<number> {
  let isOver = false;
  const end = long.then(() => {
    isOver = true;
  });
  let answered = 0;
  for (let i = 0; !isOver; i++) {
    const outcome = await submit(setActive("u5499", i % 2 === 1));
    expect(outcome.kind).toBe("done");
    if (!isOver) answered++;
  }
  await end;
  return answered;
}

test("others have their turn between all steps, whichever way all members of a group change", async () => {
  let id = "";
  const ways: [string, () => Promise<unknown>][] = [
    ["POST", async () => (id = await everybody("engineering"))],
    [
      "PATCH",
      () => large(modify(id), { Operations: [{ op: "remove", path: "members", value: members(ids) }] }),
    ],
    [
      "PUT",
      () =>
        large(
          { ...okta, kind: "group", verb: "replace", id, body: {} },
          { displayName: "engineering", members: members(ids) },
        ),
    ],
    ["another name", () => submit(modify(id, { op: "replace", path: "displayName", value: "core-team" }))],
    ["all members by a small request", () => submit(modify(id, { op: "remove", path: "members" }))],
    [
      "DELETE",
      async () => submit({ ...okta, kind: "group", verb: "delete", id: await everybody("docs-team") }),
    ],
  ];
  for (const [what, way] of ways) expect(await answeredMeanwhile(way()), what).toBeGreaterThanOrEqual(10);
  expect([enforced("okta/engineering"), enforced("okta/core-team"), enforced("okta/docs-team")]).toEqual([
    [],
    [],
    [],
  ]);
  await vi.waitFor(async () => expect(await strays()).toBe(0));
});

test("all of it is enforced before it is answered, and a user who was deactivated meanwhile stays so", async () => {
  const created = everybody("engineering");
  await submit(setActive(first, false));
  const id = await created;
  expect(await membersOf(id)).toEqual(ids);
  expect(enforced("okta/engineering")).toEqual(ids.slice(1));
  await submit(modify(id, { op: "replace", path: "displayName", value: "core-team" }));
  expect(enforced("okta/engineering")).toEqual([]);
  expect(enforced("okta/core-team")).toEqual(ids.slice(1));
});

test("a user who is deleted meanwhile is no member, and did not join", async () => {
  const created = everybody("engineering");
  // one of the first piece, and one of the last
  for (const id of [first, "u5499"]) await submit({ ...okta, kind: "user", verb: "delete", id });
  const id = await created;
  const there = ids.slice(1, -1);
  expect(await membersOf(id)).toEqual(there);
  expect(enforced("okta/engineering")).toEqual(there);
  const audit = await store
    .selectFrom("audit")
    .select("after")
    .where("target", "=", id)
    .executeTakeFirstOrThrow();
  expect(JSON.parse(String(audit.after)).members).toEqual(there);
});

test("requests about one group count in the order in which they come, whatever their size", async () => {
  const id = await everybody("engineering", ids.slice(0, 10));
  const body = (some: readonly string[]) => ({ displayName: "engineering", members: members(some) });
  const replace = { ...okta, kind: "group", verb: "replace", id, body: {} } as const;
  const outcomes = await Promise.all([
    large(replace, body(ids)),
    submit(modify(id, { op: "remove", path: `members[value eq "${first}"]` })),
    large(replace, body([first, second, "u0003"])),
    submit(modify(id, { op: "remove", path: `members[value eq "${second}"]` })),
    submit({
      ...okta,
      kind: "group",
      verb: "replace",
      id,
      body: body(["u0007"]),
      condition: { ifMatch: ["1"] },
    }),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "done", "done", "done", "refused"]);
  expect(await membersOf(id)).toEqual([first, "u0003"]);
  expect(enforced("okta/engineering")).toEqual([first, "u0003"]);
});

test("what could not be enforced is told, and mended", async () => {
  const prepare = access.prepare.bind(access);
  access.prepare = async (changes, audit) => {
    // with the commit, the file hears of the group; its members follow
    if (changes.some(({ kind }) => kind === "call")) return prepare(changes, audit);
    access.prepare = prepare;
    throw new Error("the disk is full");
  };
  await expect(everybody("engineering")).rejects.toThrow("the change is stored but not enforced yet");
  await vi.waitFor(() => expect(enforced("okta/engineering")).toEqual(ids), 10_000);
});

/** Does something when the access file begins to follow a long write, so that it is done before the second step of that. */
function meanwhile<T>(act: () => Promise<T>): Promise<T> {
  const prepare = access.prepare.bind(access);
  return new Promise((resolve, reject) => {
    access.prepare = (...edits) => {
      access.prepare = prepare;
      act().then(resolve, reject);
      return prepare(...edits);
    };
  });
}

test("who is shut out while the access file follows stays so, and who comes back is where the store says", async () => {
  await submit(setActive("u5498", false));
  const written = meanwhile(() =>
    Promise.all([
      // one whom the file has let in already, and one whom it has not
      ...[first, "u5499"].map((id) => submit(setActive(id, false))),
      submit({ ...okta, kind: "user", verb: "delete", id: second }),
      submit(setActive("u5498", true)),
    ]),
  );
  await everybody("engineering");
  for (const { kind } of await written) expect(kind).toBe("done");
  expect(enforced("okta/engineering")).toEqual(ids.slice(2, -1));
});

test("whoever takes the name of a large group that has just lost it keeps its members", async () => {
  const few = [first, second, "u5499"];
  const ways: ((id: string) => ResourceOperation)[] = [
    (id) => ({ ...okta, kind: "group", verb: "delete", id }),
    (id) => modify(id, { op: "replace", path: "displayName", value: "core-team" }),
  ];
  for (const way of ways) {
    const id = await everybody("engineering");
    const body = { displayName: "engineering", members: members(few) };
    const taken = meanwhile(() => submit({ ...okta, kind: "group", verb: "create", body }));
    expect((await submit(way(id))).kind).toBe("done");
    const other = await taken;
    if (other.kind !== "done") throw new Error(other.detail);
    expect(enforced("okta/engineering")).toEqual(few);
    await submit({ ...okta, kind: "group", verb: "delete", id: other.target });
    expect(enforced("okta/engineering")).toEqual([]);
  }
  expect(enforced("okta/core-team")).toEqual(ids);
});

test("a group that is deleted or has another name while its draft is made is so in the end", async () => {
  const id = await everybody("engineering", ids.slice(0, 10));
  const replace = { ...okta, kind: "group", verb: "replace", id, body: {} } as const;
  const outcomes = await Promise.all([
    large(replace, { displayName: "engineering", members: members(ids) }),
    submit(modify(id, { op: "replace", path: "displayName", value: "core-team" })),
    submit(modify(id, { op: "remove", path: `members[value eq "${first}"]` })),
    submit({ ...okta, kind: "group", verb: "delete", id, condition: { ifMatch: ["1"] } }),
    submit({ ...okta, kind: "group", verb: "delete", id }),
    large(replace, { displayName: "engineering", members: members(ids) }),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "done", "done", "refused", "done", "refused"]);
  expect([enforced("okta/engineering"), enforced("okta/core-team")]).toEqual([[], []]);
  const audit = await store.selectFrom("audit").select("operation").where("target", "=", id).execute();
  expect(audit.map(({ operation }) => operation)).toEqual([
    ...["group.create", "group.update", "group.update", "group.update"],
    ...["group.delete", "group.delete", "group.update"],
  ]);
  await vi.waitFor(async () => expect(await strays()).toBe(0));
});

test("a word about what is held of a group counts while a draft is made of it", async () => {
  const id = await everybody("engineering");
  await writer.close();
  const guard = { protect: { groups: ["okta/engineering"] }, otherwise: "hold" as const, owner: "identity" };
  await start({ guard });
  const removal = await submit(modify(id, { op: "remove", path: "members", value: members([first]) }));
  expect(removal).toMatchObject({ kind: "held", isRemoval: true });
  const hold = await store.selectFrom("holds").selectAll().executeTakeFirstOrThrow();
  const add = { op: "add", path: "members", value: members(ids.slice(1)) };
  const note = { op: "replace", path: "externalId", value: "7" };
  const adding = large(modify(id), { Operations: [add, note] });
  const drafted = store
    .selectFrom("members")
    .select("roster")
    .where("user_id", "=", first)
    .where("roster", "not in", (q) => q.selectFrom("groups").select("roster"));
  while (!(await drafted.executeTakeFirst())) await new Promise((next) => setImmediate(next));
  const word = {
    actor: "admin:test",
    kind: "hold",
    verb: "approve",
    id: hold.id,
    reason: "they left",
  } as const;
  expect((await writer.submit({ ...word, fingerprint: fingerprintOf(hold, { id, version: 1 }) })).kind).toBe(
    "done",
  );
  expect((await adding).kind).toBe("done");
  expect(await membersOf(id)).toEqual(ids.slice(1));
  expect(enforced("okta/engineering")).toEqual(ids.slice(1));
  await vi.waitFor(async () => expect(await strays()).toBe(0));
});

test("a release that begins or ends while a large group is written counts for all of it", async () => {
  vi.stubEnv("SCIM_OKTA_TOKEN", "t".repeat(48));
  const by = { actor: "admin:test", kind: "release", id: "local" } as const;
  const origin = { sources: {} };
  const activate = (condition: string | null) =>
    writer.submit({ ...by, verb: "activate", body: { release, origin }, condition });
  const here = () => writer.active?.active.digest ?? null;

  // while the draft is made, and while the access file follows
  const during = activate(here());
  const created = everybody("engineering");
  expect(await during).toMatchObject({ kind: "done" });
  const followed = meanwhile(() => activate(here()));
  const id = await created;
  expect(await followed).toMatchObject({ kind: "done" });
  expect(enforced("okta/engineering")).toEqual(ids);

  const ended = meanwhile(() => writer.submit({ ...by, verb: "deactivate", condition: here() }));
  expect((await submit(modify(id, { op: "remove", path: "members" }))).kind).toBe("done");
  expect(await ended).toMatchObject({ kind: "done" });
  expect(enforced("okta/engineering")).toEqual([]);
  expect(await membersOf(id)).toEqual([]);
  vi.unstubAllEnvs();
});

test("a write that cannot be stored gives nobody anything, and leaves nothing", async () => {
  const id = await everybody("engineering", ids.slice(0, 10));
  await sql`CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END`.execute(store);
  const prepared = vi.spyOn(access, "prepare");
  await expect(everybody("core-team")).rejects.toThrow("nothing can be stored now");
  const body = { displayName: "engineering", members: members(ids) };
  const replace = { ...okta, kind: "group", verb: "replace", id, body: {} } as const;
  await expect(large(replace, body)).rejects.toThrow("nothing can be stored now");
  expect(prepared).not.toHaveBeenCalled();
  expect(enforced("okta/engineering")).toEqual(ids.slice(0, 10));
  expect(await membersOf(id)).toEqual(ids.slice(0, 10));
  await vi.waitFor(async () => expect(await strays()).toBe(0));
});

test("an agent that ends at any step has written all of it or nothing, and enforces that at its next start", async () => {
  const lists = [ids.slice(0, 3_000), ids.slice(2_000)];
  const id = await everybody("engineering", lists[0]);
  const replace = { ...okta, kind: "group", verb: "replace", id, body: {} } as const;
  const [transaction, prepare, prepareSnapshot] = [
    store.transaction.bind(store),
    access.prepare.bind(access),
    access.prepareSnapshot.bind(access),
  ];
  const ends = new Set<string>();
  for (let steps = 1; steps < 24; steps += 2) {
    let left = steps;
    const unlessDead = () => {
      if (left-- <= 0) throw new Error("killed");
    };
    store.transaction = () => {
      unlessDead();
      return transaction();
    };
    access.prepare = async (...edits) => {
      unlessDead();
      return prepare(...edits);
    };
    access.prepareSnapshot = async (...snapshot) => {
      unlessDead();
      return prepareSnapshot(...snapshot);
    };
    const before = await membersOf(id);
    const next = lists.find(([one]) => one !== before[0]) ?? [];
    const answer = await large(replace, { displayName: "engineering", members: members(next) }).then(
      ({ kind }) => kind,
      () => "failed",
    );
    await writer.close();
    Object.assign(store, { transaction });
    Object.assign(access, { prepare, prepareSnapshot });
    await start();
    const after = await membersOf(id);
    const isDone = after[0] === next[0];
    expect(after).toEqual(isDone ? next : before);
    expect(enforced("okta/engineering")).toEqual(after);
    if (answer === "done") expect(isDone).toBe(true);
    ends.add(`${answer}, ${isDone ? "stored" : "not stored"}`);
    await vi.waitFor(async () => expect(await strays()).toBe(0));
  }
  expect([...ends]).toEqual(["failed, not stored", "failed, stored", "done, stored"]);
});

test("what waits behind a release keeps its order, large and small", async () => {
  const id = await everybody("engineering", ids.slice(0, 50));
  const joins = { op: "add", path: "members", value: members([ids[100] ?? ""]) };
  const body = { release, origin: { sources: {} } };
  await Promise.all([
    submit(setActive(first, false)),
    writer.submit({
      actor: "admin:ci",
      kind: "release",
      verb: "activate",
      id: "local",
      body,
      condition: "none",
    }),
    submit(modify(id, joins)),
    large(
      { ...okta, kind: "group", verb: "replace", id, body: {} },
      { displayName: "engineering", members: members(ids.slice(0, 50)), padding: "x".repeat(300_000) },
    ),
  ]);
  expect(await membersOf(id)).not.toContain(ids[100]);
});

test("nobody waits for what another connector asks of the same id", async () => {
  const id = await everybody("engineering");
  const done: string[] = [];
  const foreign = { ...okta, connector: "other", kind: "group", verb: "replace", id, body: {} } as const;
  const long = everybody("core-team").then(() => done.push("core-team"));
  const other = large(foreign, { displayName: "engineering", members: members(ids) });
  await submit(modify(id, { op: "remove", path: `members[value eq "${first}"]` }));
  done.push("the removal");
  await Promise.all([long, other]);
  expect(done).toEqual(["the removal", "core-team"]);
  expect((await other).kind).toBe("refused");
});

const separate: Release["constraints"][string] = {
  separate: { groups: ["okta/engineering", "okta/core-team"] },
  otherwise: "reject",
};

/** The turn of each look at the groups of some users, and at how many. */
function looks(): { readonly turn: number; readonly users: number }[] {
  const seen: { turn: number; users: number }[] = [];
  let turn = 0;
  const go = () => {
    turn++;
    if (isLooking) setImmediate(go);
  };
  let isLooking = true;
  setImmediate(go);
  const { groupsOf } = Memberships.prototype;
  const spy = vi.spyOn(Memberships.prototype, "groupsOf").mockImplementation(function (
    this: Memberships,
    users,
  ) {
    seen.push({ turn, users: users.length });
    return groupsOf.call(this, users);
  });
  onTestFinished(() => {
    isLooking = false;
    spy.mockRestore();
  });
  return seen;
}

test("a large write that a constraint refuses is judged in pieces, and what it takes away is done", async () => {
  await writer.close();
  await start({ separate });
  const id = await everybody("engineering", ids.slice(0, 5_400));
  await submit({
    ...{ ...okta, kind: "group", verb: "create" },
    body: { displayName: "core-team", members: members(["u5499"]) },
  });
  const seen = looks();
  const outcome = await large(
    { ...okta, kind: "group", verb: "replace", id, body: {} },
    { displayName: "engineering", members: members([...ids.slice(1_000), "nobody"]) },
  );
  if (outcome.kind !== "done") throw new Error(outcome.detail);
  expect(outcome.undone?.detail).toContain("u5499 would be in okta/core-team and okta/engineering");
  expect(outcome.ignored).toEqual(['members[value eq "nobody"]']);
  const stay = ids.slice(1_000, 5_400);
  expect(await membersOf(id)).toEqual(stay);
  expect(enforced("okta/engineering")).toEqual(stay);
  expect(enforced("okta/core-team")).toEqual(["u5499"]);
  await vi.waitFor(async () => expect(await strays()).toBe(0));

  expect(Math.max(...seen.map(({ users }) => users))).toBeLessThanOrEqual(500);
  const turns = seen.filter(({ users }) => users > 100).map(({ turn }) => turn);
  // those who were to join and to leave, and again those who leave
  expect(new Set(turns).size).toBeGreaterThanOrEqual(4);
  expect(new Set(turns).size).toBe(turns.length);
});

test.each<[string, JsonObject[], readonly string[] | undefined]>([
  [
    "takes some away and adds some",
    [{ op: "remove", path: `members[value eq "${first}"]` }],
    ids.slice(1, 5_400),
  ],
  [
    "takes everybody away and adds some",
    [{ op: "replace", path: "members", value: members([second, "u5499"]) }],
    [second],
  ],
  ["only adds some", [], undefined],
])("a change of a large group that is refused and %s", async (_, operations, stay) => {
  await writer.close();
  await start({ separate });
  const id = await everybody("engineering", ids.slice(0, 5_400));
  await submit({
    ...{ ...okta, kind: "group", verb: "create" },
    body: { displayName: "core-team", members: members(["u5499"]) },
  });
  const add = { op: "add", path: "members", value: members(["u5499"]) };
  const outcome = await large(modify(id), { Operations: [...operations, add] });
  expect(outcome.kind).toBe(stay ? "done" : "refused");
  expect(await membersOf(id)).toEqual(stay ?? ids.slice(0, 5_400));
  expect(enforced("okta/engineering")).toEqual(stay ?? ids.slice(0, 5_400));
  const audit = await store
    .selectFrom("audit")
    .select(["outcome", "code"])
    .where("target", "=", id)
    .execute();
  expect(audit.at(-1)).toEqual({ outcome: stay ? "done" : "refused", code: "constraintOnAccess" });
});

test("what stops a large removal is said before what is wrong beside it", async () => {
  await writer.close();
  await start({
    separate,
    most: { limit: { removals: 10, above: 0, per: "1h" }, otherwise: "reject" },
  });
  const id = await everybody("engineering", ids.slice(0, 5_400));
  const outcome = await large(
    { ...okta, kind: "group", verb: "replace", id, body: {} },
    { displayName: "engineering", members: members([first]) },
  );
  expect(outcome).toMatchObject({ kind: "refused", rules: ["most"] });
  expect(await membersOf(id)).toEqual(ids.slice(0, 5_400));
  await vi.waitFor(async () => expect(await strays()).toBe(0));
});

test("a large write whose token may have ended does no more than take away", async () => {
  const id = await everybody("engineering", ids.slice(1));
  const doubted = { takesAwayOnly: "tokenInDoubt" as const };
  const put = { ...okta, ...doubted, kind: "group", verb: "replace", id, body: {} } as const;
  const made = await large(
    { ...okta, ...doubted, kind: "group", verb: "create", body: {} },
    { displayName: "x" },
  );
  expect(made).toMatchObject({ kind: "refused", code: "tokenInDoubt" });
  const all = { displayName: "engineering", members: members(ids) };
  expect(await large(put, all)).toMatchObject({ kind: "refused", code: "tokenInDoubt" });
  const fewer = { displayName: "core-team", members: members(ids.filter((one) => one !== second)) };
  const undone = { code: "tokenInDoubt" };
  expect(await large(put, fewer)).toMatchObject({ kind: "done", undone });
  expect(await submit({ ...put, body: { ...fewer, members: members(ids.slice(0, 100)) } })).toMatchObject({
    kind: "done",
    undone,
  });
  expect(await membersOf(id)).toEqual(ids.slice(2, 100));
  expect(enforced("okta/engineering")).toEqual(ids.slice(2, 100));
  const deleted = await submit({ ...okta, ...doubted, kind: "group", verb: "delete", id });
  expect(deleted).toMatchObject({ kind: "done" });
  expect(enforced("okta/engineering")).toEqual([]);
});
