/** A disk that is full keeps nobody in: there is room for removals, and nothing else takes it. */
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { localAs, takeable, takenIn } from "./break-glass/people.ts";
import { type Harness, startHarness } from "./harness.ts";
import { deactivate, staff } from "./people.ts";
import { type SmallDisk, smallDisk } from "./small-disk.ts";

/** Of each test: databases that are closed keep their files, and so room on the disk, until they are collected. */
let disk: SmallDisk;
const isRoot = process.getuid?.() === 0;

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB";
const people = Array.from({ length: 60 }, (_, i) => `p${i}`);
let h: Harness;
let ids: ReadonlyMap<string, string>;
beforeEach(async () => {
  disk = smallDisk();
  const folder = join(disk.folder, "agent");
  const files = { data: join(folder, "data"), access: join(folder, "access/access.db") };
  // as much as outside of tests
  h = await startHarness(["core/api"], files, { room: undefined });
  await h.deploy(
    await h.release((release) => {
      release.connectors.okta.mapping.keys = "[user.?title.orValue('')]";
      takeable((draft) => Object.assign(draft.permissions.core.breakGlass, { who: ["okta/engineering"] }))(
        release,
      );
    }),
  );
  ids = await staff(h, { engineering: people });
});
afterEach(async () => {
  disk.clear();
  await h.stop();
  disk.remove();
});

const create = (userName: string) =>
  h.scim("POST", "/Users", { userName: `${userName}@example.com`, active: true });
const active = () => h.accessFile().accounts?.filter((row) => String(row).endsWith(",1")).length;
const audit = async () => (await h.admin("GET", "/audit?last=1")).body.rows[0].sequence;

test.runIf(isRoot)(
  "where not one byte is left, whoever leaves leaves, and nothing else is stored",
  async () => {
    const { body: kim } = await h.scim("POST", "/Users", { userName: "kim@example.com", title: key });
    disk.fill();
    const before = await audit();
    const swapped = { Operations: [{ op: "replace", path: "title", value: "another" }] };
    const { status, body } = await h.scim("PATCH", `/Users/${kim.id}`, swapped);
    expect([status, body.title]).toEqual([200, undefined]);
    await deactivate(h, kim.id);
    const next = await h.release((release) => {
      release.permissions.core.write = [];
    });
    const review = await h.admin("POST", "/reviews", { body: { release: next }, token: h.tokens.reader });
    expect([review.status, review.body.unapproved]).toEqual([
      200,
      "hardly any room is left on the agent's disk",
    ]);
    // as often as a provider asks again
    for (let i = 0; i < 200; i++) {
      const { status, headers, body } = await create(`new${i}`);
      expect([status, headers.get("retry-after")]).toEqual([503, "30"]);
      expect(body.detail).toMatch(/^hardly any room is left/);
    }
    // what is refused for the lack of room takes none
    expect(await audit()).toBe(before + 2);

    const group = (await h.scim("GET", "/Groups")).body.Resources[0].id;
    const leave = async (one: string) => (await deactivate(h, ids.get(one))).status;
    for (const one of people.slice(0, 20)) expect(await leave(one)).toBe(200);
    expect(active()).toBe(40);
    for (const one of people.slice(20, 30))
      expect((await h.scim("DELETE", `/Users/${ids.get(one)}`)).status).toBe(204);
    const remove = people
      .slice(30, 40)
      .map((one) => ({ op: "remove", path: `members[value eq "${ids.get(one)}"]` }));
    // what stands beside removals waits, and they do not
    const more = { op: "add", path: "members", value: [{ value: ids.get("p0") }] };
    expect((await h.scim("PATCH", `/Groups/${group}`, { Operations: [...remove, more] })).status).toBe(204);
    expect(h.accessFile().memberships).toHaveLength(20);
    expect(
      (
        await h.scim("PATCH", `/Users/${ids.get("p50")}`, {
          Operations: [{ op: "replace", value: { active: "False", nickName: "P" } }],
        })
      ).status,
    ).toBe(200);
    expect((await h.scim("DELETE", `/Groups/${group}`)).status).toBe(204);
    expect(h.accessFile().memberships).toEqual([]);

    disk.clear();
    await vi.waitFor(async () => expect((await create("new")).status).toBe(201));
    expect(h.logs.join("\n")).toMatch(/hardly any room is left.*there is room on the disk again/s);
  },
);

test.runIf(isRoot)("nobody takes a right for themselves, and what is taken ends", async () => {
  const body = { repository: "core/api", for: "10m", reason: "x" };
  for (const name of ["p1", "p2"]) expect(await localAs(h, name).takeRight(body)).toMatchObject({ ok: true });
  disk.fill();
  const before = await audit();
  expect(await localAs(h, "p3").takeRight(body)).toMatchObject({ ok: false, error: { status: 503 } });
  expect(await audit()).toBe(before);
  const taken = await localAs(h, "p1").taken();
  const first = taken.ok ? taken.value.rights[0]?.id : undefined;
  expect(await localAs(h, "p1").endRight(String(first))).toEqual({ ok: true, value: null });
  await deactivate(h, ids.get("p2"));
  expect(takenIn(h)).toEqual([]);
});

test.runIf(isRoot)(
  "what is refused, or done already, takes no room away from who leaves, however often it comes and however much it says",
  async () => {
    disk.fill();
    const before = await audit();
    const id = ids.get("p0");
    const group = (await h.scim("GET", "/Groups")).body.Resources[0].id;
    const gone = { op: "remove", path: `members[value eq "${ids.get("p1")}"]` };
    expect((await h.scim("PATCH", `/Groups/${group}`, { Operations: [gone] })).status).toBe(204);
    const [row] = (await h.admin("GET", "/audit?last=1")).body.rows;
    expect(row.sequence).toBe(before + 1);
    const long = "x".repeat(3_000);
    const asked: [string, string, object?][] = [
      ["POST", "/Users", { userName: `${long}\n` }],
      ["PATCH", `/Users/${id}`, { Operations: [{ op: "replace", path: `${long}[`, value: "x" }] }],
      ["DELETE", `/Users/${long.slice(0, 500)}`],
      ["PATCH", `/Users/${id}`, { Operations: [{ op: "replace", path: "active", value: true }] }],
      ["PATCH", `/Groups/${group}`, { Operations: [gone] }],
      [
        "PATCH",
        `/Groups/${group}`,
        { Operations: [gone, { op: "replace", path: "displayName", value: long.slice(0, 900) }] },
      ],
    ];
    for (const [method, path, body] of asked) await h.scim(method, path, body);
    expect((await h.admin("GET", "/audit?last=1")).body.rows).toEqual([row]);
  },
);

test.runIf(isRoot)(
  "a group of very many: who is not in the list any more leaves, and what large bodies bring takes no room",
  async () => {
    // people without an account, whose ids are as long as others'
    const many = 40_000;
    const more = `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < ${many})`;
    const name = (i: number) => `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`;
    const named = "'00000000-0000-4000-8000-' || printf('%012d', i)";
    await h.restart(() => {
      const database = new Database(join(h.config.data, "store.db"));
      database.exec(`${more} INSERT INTO users (id, connector, user_name, resource, created, modified, version)
        SELECT ${named}, 'okta', ${named}, json_object('userName', ${named}, 'active', json('false')), 0, 0, 1 FROM n`);
      database.exec(`${more} INSERT INTO members (roster, user_id) SELECT roster, ${named} FROM n, groups`);
      database.close();
    });
    const group = (await h.scim("GET", "/Groups?attributes=id")).body.Resources[0].id;
    disk.fill();
    const before = await audit();
    const others = Array.from({ length: many }, (_, i) => name(i + 1));
    const list = (...members: string[]) => members.map((value) => ({ value }));
    const stay = (from: number) => people.slice(from).map((one) => String(ids.get(one)));
    for (let i = 0; i < 3; i++) {
      const created = { displayName: `more ${i}`, members: list(...others) };
      disk.fill();
      expect((await h.scim("POST", "/Groups", created)).status).toBe(503);
    }
    expect(await audit()).toBe(before);
    const whole = { displayName: "engineering", members: list(...others, ...stay(10)) };
    expect((await h.scim("PUT", `/Groups/${group}`, whole)).status).toBe(200);
    expect(h.accessFile().memberships).toHaveLength(50);
    // as a PATCH, and beside what has to wait
    const value = list(...others.slice(2), ...stay(20), name(0));
    const operations = [
      { op: "replace", path: "displayName", value: "core-team" },
      { op: "replace", path: "members", value },
    ];
    expect((await h.scim("PATCH", `/Groups/${group}`, { Operations: operations })).status).toBe(204);
    expect(h.accessFile().memberships).toHaveLength(40);
    const few = { displayName: "engineering", members: list(...stay(50)) };
    expect((await h.scim("PUT", `/Groups/${group}`, few)).status).toBe(200);
    expect(h.accessFile().memberships).toHaveLength(10);
    expect((await deactivate(h, ids.get("p55"))).status).toBe(200);
  },
  60_000,
);
