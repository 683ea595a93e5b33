/** Writes that are committed together: each is judged, answered and audited as if it were alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import Database from "libsql";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { AgentClock } from "../../agent/clock/clock.ts";
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

/** A writer on a store in memory, with accounts that are somebody's and can be released. */
async function writerOf(accounts: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-batches-"));
  const store = await openMemoryStore("local");
  await store
    .insertInto("owners")
    .values(accounts.map((account) => ({ account, connector: "okta", user_id: account, since: 0 })))
    .execute();
  const file = join(folder, "access.db");
  const access = await AccessFile.open(file, "local");
  const host = { environment: "local", repositories: folder, references: [] };
  const log = pino({ enabled: false });
  const clock = new AgentClock({ system: Date.now, uptime: Date.now, log });
  const writer = new Writer({ store, access, host, log, clock, active: null });
  await writer.reconcile();
  return {
    store,
    access,
    file,
    writer,
    release: (id: string) => writer.submit({ actor: "test", kind: "account", verb: "release", id }),
    async close() {
      await writer.close();
      access.close();
      await store.destroy();
      rmSync(folder, { recursive: true });
    },
  };
}

test("what could not be enforced is enforced as soon as it can be, without another write", async () => {
  const { access, file, release, close } = await writerOf(["ada"]);
  const rows = () => {
    const database = new Database(file, { readonly: true });
    const all = database.prepare("SELECT account, active FROM accounts").all();
    database.close();
    return all;
  };
  expect(rows()).toEqual([{ account: "ada", active: 0 }]);
  const prepare = access.prepare.bind(access);
  const prepareSnapshot = access.prepareSnapshot.bind(access);
  access.prepareSnapshot = async () => {
    access.prepareSnapshot = prepareSnapshot;
    throw new Error("the disk is full");
  };
  access.prepare = async (...changes) => {
    const { rollback } = await prepare(...changes);
    access.prepare = prepare;
    return {
      rollback,
      commit: () => {
        rollback();
        throw new Error("the disk is full");
      },
    };
  };
  await expect(release("ada")).rejects.toThrow("stored but not enforced yet");
  expect(rows()).toEqual([{ account: "ada", active: 0 }]);
  await vi.waitFor(() => expect(rows()).toEqual([]), { timeout: 10_000 });
  await close();
});

test("what fails by itself takes nobody along, and a transaction that is lost takes all", async () => {
  const { store, release, close } = await writerOf([..."abcdefg"]);
  const failing = (account: string, how: "ABORT" | "ROLLBACK") =>
    sql
      .raw(
        `CREATE TRIGGER ${account} BEFORE DELETE ON owners WHEN OLD.account = '${account}' BEGIN SELECT RAISE(${how}, 'no'); END`,
      )
      .execute(store);
  await failing("b", "ABORT");
  await failing("e", "ROLLBACK");
  const left = async () =>
    (await store.selectFrom("owners").select("account").orderBy("account").execute())
      .map(({ account }) => account)
      .join("");
  const outcomes = (all: PromiseSettledResult<unknown>[]) => all.map(({ status }) => status);

  const some = await Promise.allSettled([release("a"), release("b"), release("c")]);
  expect(outcomes(some)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await left()).toBe("bdefg");

  const all = await Promise.allSettled([release("d"), release("e"), release("f")]);
  expect(outcomes(all)).toEqual(["rejected", "rejected", "rejected"]);
  expect(await left()).toBe("bdefg");
  expect((await readAudit(store, 0, 10)).map(({ target }) => target)).toEqual(["a", "c"]);

  await release("g");
  expect(await left()).toBe("bdef");
  await close();
});
