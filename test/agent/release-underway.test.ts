/** While a release is judged, no other one waits, and whoever takes access away waits for none. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { AgentClock } from "../../agent/clock/clock.ts";
import { Evaluation } from "../../agent/evaluation/evaluation.ts";
import { AccessFile } from "../../agent/mercurial/access-file.ts";
import { readAudit } from "../../agent/operations/audit.ts";
import type { Operation, ResourceOperation } from "../../agent/operations/operation.ts";
import { type Outcome, refused } from "../../agent/operations/outcome.ts";
import { Queue } from "../../agent/operations/queue.ts";
import { Writer } from "../../agent/operations/writer.ts";
import type { Admission, Evaluator } from "../../agent/releases/evaluator.ts";
import { newestAudit } from "../../agent/store/audit-end.ts";
import { openMemoryStore } from "../../agent/store/sqlite.ts";
import { loadEnvironment } from "../../model/load.ts";
import { ok } from "../../model/result.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import { startHarness } from "./harness.ts";
import { staff } from "./people.ts";

/** A writer whose releases are judged when the test says so: each in turn is refused then. */
async function writerOf() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-underway-"));
  const store = await openMemoryStore("local");
  await store
    .insertInto("owners")
    .values(
      ["ada", "bob", "cy", "dan"].map((id) => ({ account: id, connector: "okta", user_id: id, since: 0 })),
    )
    .execute();
  const access = await AccessFile.open(join(folder, "access.db"), "local");
  const judged: ((error?: Error) => void)[] = [];
  // of everybody who was there when it was asked; a secret that is not there refuses it in the end
  const answer = async () =>
    ok({
      kind: "judged",
      population: { accounts: new Map(), withheld: [], failures: [] },
      verdict: { from: null, accounts: 0, lose: 0, gain: 0, later: [], excesses: [], acceptance: "absent" },
      repositories: { there: [], forgotten: [] },
      asOf: await newestAudit(store),
    } satisfies Admission);
  const evaluation = {
    ask: async () => {
      const answered = await answer();
      return new Promise((resolve, reject) =>
        judged.push((error) => (error ? reject(error) : resolve(answered))),
      );
    },
  } as unknown as Evaluator;
  const log = pino({ enabled: false });
  let now = 1;
  const clock = new AgentClock({ system: () => now, uptime: () => now, log });
  const host = { environment: "local", repositories: folder, references: [] };
  const writer = new Writer({ store, access, host, evaluation, log, clock, active: null });
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const body = { release: loaded.value.release, origin: { sources: {} } };
  const release = { actor: "admin:ci", kind: "release", id: "local", condition: null } as const;
  return {
    judged,
    takeTime: (span: number) => {
      now += span;
    },
    activate: () => writer.submit({ ...release, verb: "activate", body }),
    end: () => writer.submit({ ...release, verb: "deactivate" }),
    takeAway: (id: string) => writer.submit({ actor: "admin:ann", kind: "account", verb: "release", id }),
    audit: async () => (await readAudit(store, 0, 99)).map(({ operation, code }) => [operation, code]),
    async close() {
      await writer.close();
      access.close();
      await store.destroy();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Waits until so many were asked for a judgement. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate);
}

test("a second release is refused at once, and a removal waits for none: what was judged before it is judged again", async () => {
  const { judged, activate, end, takeAway, audit, close } = await writerOf();
  const first = activate();
  await until(() => judged.length === 1);
  // the first one is not judged yet
  const others = await Promise.all([activate(), activate(), activate()]);
  expect(others.map((one) => one.kind === "refused" && one.code)).toEqual(Array(3).fill("releaseUnderway"));
  expect((await takeAway("ada")).kind).toBe("done");
  expect(await end()).toMatchObject({ code: "noRelease" });
  judged[0]?.();
  await until(() => judged.length === 2);
  expect((await takeAway("bob")).kind).toBe("done");
  judged[1]?.();
  await until(() => judged.length === 3);
  // what is refused has changed nothing
  expect((await takeAway("nobody")).kind).toBe("refused");
  judged[2]?.();
  expect(await first).toMatchObject({ code: "secretUnresolved" });
  expect(judged).toHaveLength(3);
  expect(await audit()).toEqual([
    ...Array(3).fill(["release.activate", "releaseUnderway"]),
    ["account.release", null],
    ["release.deactivate", "noRelease"],
    ["account.release", null],
    ["account.release", "accountUnknown"],
    ["release.activate", "secretUnresolved"],
  ]);
  await close();
});

test("while one is judged again, only what may take access away has its turn, and what came before it for the same", async () => {
  const queue = new Queue();
  const queued = (operation: object) =>
    queue.add({ actor: "scim:okta", connector: "okta", ...operation } as ResourceOperation, {
      answer: () => {},
      fail: () => {},
    });
  const operations = (...all: JsonObject[]) => ({ Operations: all });
  const active = (value: Json) => operations({ op: "replace", path: "active", value });
  const title = operations({ op: "replace", path: "title", value: "x" });
  const add = { op: "add", path: "members", value: [] };
  const user = { kind: "user", verb: "modify" } as const;
  const group = { kind: "group", verb: "modify" } as const;
  queued({ kind: "user", verb: "create", body: {} });
  queued({ ...user, id: "ada", body: title });
  queued({ ...user, id: "bob", body: title });
  queued({ ...group, id: "team", body: operations(add) });
  queued({ ...group, id: "leads", body: operations(add, { op: "Remove", path: "members" }) });
  queued({ ...user, id: "bob", body: active("False") });
  queued({ kind: "user", verb: "replace", id: "cy", body: { active: false } });
  queued({ kind: "user", verb: "replace", id: "dan", body: { active: true } });
  queued({ kind: "group", verb: "delete", id: "old" });
  const taken = async () => {
    const names: string[] = [];
    for await (const { operation } of queue.take(async () => false))
      names.push(`${operation.verb} ${"id" in operation ? operation.id : ""}`);
    return names;
  };
  queue.holdBack("givers");
  expect(await taken()).toEqual(["modify leads", "modify bob", "modify bob", "replace cy", "delete old"]);
  expect([queue.isEmpty, queue.hasNext]).toEqual([false, false]);
  // the end of the release
  const release = { actor: "admin:ci", kind: "release", verb: "activate", id: "local", condition: null };
  let end = (_: Outcome) => {};
  queue.add({ ...release, body: {} } as unknown as Operation, { answer: () => {}, fail: () => {} });
  for await (const { answer } of queue.take(async () => false)) end = answer;
  end(refused("releaseInvalid", "no"));
  expect(await taken()).toEqual(["create ", "modify ada", "modify team", "replace dan"]);
});

test.each([
  [0, 3],
  [3_000, 3],
  [6_000, 2],
  [9_000, 1],
])(
  "judged in %i ms, a release is so %i times while others take access away, and then they wait for it",
  async (span, times) => {
    const { judged, activate, end, takeAway, takeTime, close } = await writerOf();
    const one = activate();
    for (const [turn, account] of ["ada", "bob", "cy"].slice(0, times).entries()) {
      await until(() => judged.length === turn + 1);
      expect((await takeAway(account)).kind).toBe("done");
      takeTime(span);
      judged[turn]?.();
    }
    await until(() => judged.length === times + 1);
    const order: string[] = [];
    const last = takeAway("dan").then(() => order.push("removal"));
    // whoever ends the release that is active is heard
    expect(await end()).toMatchObject({ code: "noRelease" });
    judged[times]?.();
    await one.then(() => order.push("release"));
    await last;
    expect([judged.length, order]).toEqual([times + 1, ["release", "removal"]]);
    await close();
  },
);

test("a provider that writes all the time does not keep out the release that takes its token", async () => {
  const h = await startHarness(["core/api"]);
  const digest = await h.deploy(await h.release());
  const ids = await staff(h, { engineering: ["ada"] });
  const group = (await h.scim("GET", "/Groups?attributes=id")).body.Resources[0].id;
  const statuses = new Set<number>();
  let isOver = false;
  const write = async (...request: Parameters<typeof h.scim>) => {
    while (!isOver) statuses.add((await h.scim(...request)).status);
  };
  const members = (name: string) => ({ displayName: "engineering", members: [{ value: ids.get(name) }] });
  const deactivate = { Operations: [{ op: "replace", path: "active", value: false }] };
  const writing = [
    // what changes nothing is a write too
    ...Array.from({ length: 6 }, () => write("PATCH", `/Users/${ids.get("ada")}`, deactivate)),
    write("PUT", `/Groups/${group}`, members("ada")),
    write("PUT", `/Groups/${group}`, members("nobody")),
  ];
  const variable = "SCIM_TEST_UNDERWAY_NEXT";
  process.env[variable] = "the-token-that-comes-next";
  const release = await h.release((draft) => {
    draft.secrets["okta-token"].refs = [`ref+env://${variable}`];
  });
  const headers = { "If-Match": `"${digest}"` };
  const asked = vi.spyOn(Evaluation.prototype, "ask");
  const { status } = await h.admin("PUT", "/release", { body: { release, origin: {} }, headers });
  expect(asked.mock.calls.filter(([name]) => name === "admission").length).toBeLessThanOrEqual(4);
  isOver = true;
  await Promise.all(writing);
  delete process.env[variable];
  vi.restoreAllMocks();
  expect(status).toBe(200);
  expect([...statuses].filter((one) => ![200, 400, 401].includes(one))).toEqual([]);
  await h.stop();
});

test.each([
  ["it is refused", undefined],
  ["it fails", new Error("the thread has ended")],
])("the next release comes when the one before is done: %s", async (_, error) => {
  const { judged, activate, close } = await writerOf();
  for (const turn of [0, 1]) {
    const one = activate().then(
      ({ kind }) => kind,
      () => "failed",
    );
    await until(() => judged.length === turn + 1);
    judged[turn]?.(error);
    expect(await one).toBe(error ? "failed" : "refused");
  }
  await close();
});

test("of many releases at once one becomes active, and who is refused for it is told when to come again", async () => {
  const h = await startHarness(["core/api"]);
  const body = { release: await h.release(), origin: {} };
  const headers = { "If-None-Match": "*" };
  const replies = await Promise.all(
    Array.from({ length: 4 }, () => h.admin("PUT", "/release", { body, headers })),
  );
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  for (const { status, body, headers } of replies) {
    if (status === 200 || status === 412) continue;
    expect([status, body.error.code, headers.get("retry-after")]).toEqual([409, "releaseUnderway", "5"]);
  }
  await h.stop();
});
