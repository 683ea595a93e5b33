/** Writes that are committed together: each is judged, answered and audited as if it were alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import Database from "libsql";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { AccessFile } from "../../agent/mercurial/access-file.ts";
import { readAudit } from "../../agent/operations/audit.ts";
import { Writer } from "../../agent/operations/writer.ts";
import { openMemoryStore } from "../../agent/store/sqlite.ts";
import { type Harness, startHarness } from "./harness.ts";

let h: Harness;
beforeAll(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
});
afterAll(() => h.stop());

test("of many requests for one name exactly one gets it, and each has its audit row", async () => {
  const before = (await h.admin("GET", "/audit", { token: h.tokens.reader })).body.rows.length;
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, i) => h.scim("POST", "/Users", { userName: `u${i % 50}@example.com` })),
  );
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(50);
  expect(replies.filter(({ status, body }) => status === 409 && body.scimType === "uniqueness")).toHaveLength(
    50,
  );
  const { rows } = (await h.admin("GET", "/audit", { token: h.tokens.reader })).body;
  const written: { outcome: string; target: string }[] = rows.slice(before);
  expect(written).toHaveLength(100);
  const created = replies.flatMap(({ status, body }) => (status === 201 ? body.id : []));
  const done = written.filter(({ outcome }) => outcome === "done").map(({ target }) => target);
  expect(done.toSorted()).toEqual(created.toSorted());
});

test("a release that arrives among other writes counts for those behind it, and for none before it", async () => {
  const digest = (await h.admin("GET", "/release", { token: h.tokens.reader })).body.digest;
  const next = await h.release((release) => {
    release.connectors.okta.scope = 'user.?title.orValue("") != "guest"';
  });
  const create = (n: number) =>
    h.scim("POST", "/Users", { userName: `guest${n}@example.com`, title: "guest" });
  const early = Array.from({ length: 20 }, (_, i) => create(i));
  const deployed = h.deploy(next, digest);
  const late = Array.from({ length: 20 }, (_, i) => create(20 + i));
  await Promise.all([...early, deployed, ...late]);
  const { rows } = (await h.admin("GET", "/audit", { token: h.tokens.reader })).body;
  const details: { operation: string; detail: string }[] = rows;
  const turn = details.findLastIndex(({ operation }) => operation === "release.activate");
  const guests = (from: number, to?: number) =>
    details.slice(from, to).filter(({ detail }) => /guest|out of scope/.test(detail));
  for (const { detail } of guests(0, turn)) expect(detail).toMatch(/^account guest\d+ is let in/);
  for (const { detail } of guests(turn + 1)) expect(detail).toMatch(/^no account: out of scope/);
  expect(guests(0)).toHaveLength(40);
  const { accounts } = (await h.admin("GET", "/access", { token: h.tokens.reader })).body;
  expect(accounts.filter(({ account }: { account: string }) => account.startsWith("guest"))).toEqual([]);
  expect(h.accessFile().accounts?.filter((row) => /^guest\d+,1/.test(String(row)))).toEqual([]);
});

test("what could not be enforced is enforced as soon as it can be, without another write", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-mend-"));
  const store = await openMemoryStore("local");
  const access = await AccessFile.open(join(folder, "access.db"), "local");
  const writer = new Writer(store, access, pino({ enabled: false }));
  const rows = () => {
    const database = new Database(join(folder, "access.db"), { readonly: true });
    const all = database.prepare("SELECT account, active FROM accounts").all();
    database.close();
    return all;
  };
  const owned = { account: "ada", connector: "okta", user_id: "1", since: 0 };
  const write = () =>
    writer.run({ actor: "test", operation: "note", target: "ada" }, async (trx) => {
      await trx.insertInto("owners").values(owned).execute();
      const change = { kind: "set", account: "ada", active: false, groups: [] } as const;
      return { ok: true, value: { value: null, status: 200, detail: "", access: [change] } };
    });
  await writer.reconcile();
  const prepare = access.prepare.bind(access);
  access.prepare = async (changes) => {
    const { rollback } = await prepare(changes);
    access.prepare = prepare;
    return {
      rollback,
      commit: () => {
        rollback();
        throw new Error("the disk is full");
      },
    };
  };
  await expect(write()).rejects.toThrow("stored but not enforced yet");
  expect(rows()).toEqual([]);
  await vi.waitFor(() => expect(rows()).toEqual([{ account: "ada", active: 0 }]), { timeout: 10_000 });
  await writer.close();
  access.close();
  await store.destroy();
  rmSync(folder, { recursive: true });
});

test("what fails by itself takes nobody along, and a transaction that is lost takes all", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-batches-"));
  const store = await openMemoryStore("local");
  const access = await AccessFile.open(join(folder, "access.db"), "local");
  const writer = new Writer(store, access, pino({ enabled: false }));
  const write = (target: string, statement: string) =>
    writer.run({ actor: "test", operation: "note", target }, async (trx) => {
      await trx.insertInto("meta").values({ key: target, value: "" }).execute();
      await sql.raw(statement).execute(trx);
      return { ok: true, value: { value: target, status: 200, detail: "", access: [] } };
    });
  const keys = async () =>
    (await store.selectFrom("meta").select("key").where("value", "=", "").execute()).map(({ key }) => key);
  const outcomes = (all: PromiseSettledResult<unknown>[]) => all.map(({ status }) => status);

  const some = await Promise.allSettled([
    write("a", "SELECT 1"),
    write("b", "SELECT nothing"),
    write("c", "SELECT 1"),
  ]);
  expect(outcomes(some)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await keys()).toEqual(["a", "c"]);

  const all = await Promise.allSettled([
    write("d", "SELECT 1"),
    write("e", "ROLLBACK"),
    write("f", "SELECT 1"),
  ]);
  expect(outcomes(all)).toEqual(["rejected", "rejected", "rejected"]);
  expect(await keys()).toEqual(["a", "c"]);
  expect((await readAudit(store, 0, 10)).map(({ target }) => target)).toEqual(["a", "c"]);

  await write("g", "SELECT 1");
  expect(await keys()).toEqual(["a", "c", "g"]);
  access.close();
  await store.destroy();
  rmSync(folder, { recursive: true });
});
