/** While a release is judged, no other one waits: whoever takes access away waits for one at most. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { AgentClock } from "../../agent/clock/clock.ts";
import { AccessFile } from "../../agent/mercurial/access-file.ts";
import { readAudit } from "../../agent/operations/audit.ts";
import { Writer } from "../../agent/operations/writer.ts";
import type { Evaluator } from "../../agent/releases/evaluator.ts";
import { openMemoryStore } from "../../agent/store/sqlite.ts";
import { loadEnvironment } from "../../model/load.ts";
import { startHarness } from "./harness.ts";

/** A writer whose releases are judged when the test says so: each in turn is refused then. */
async function writerOf() {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-underway-"));
  const store = await openMemoryStore("local");
  await store
    .insertInto("owners")
    .values({ account: "ada", connector: "okta", user_id: "ada", since: 0 })
    .execute();
  const access = await AccessFile.open(join(folder, "access.db"), "local");
  const judged: ((error?: Error) => void)[] = [];
  const answer = { ok: false, error: { code: "tookTooLong", detail: "for ever" } } as const;
  const evaluation: Evaluator = {
    ask: () =>
      new Promise((resolve, reject) => judged.push((error) => (error ? reject(error) : resolve(answer)))),
  };
  const log = pino({ enabled: false });
  const clock = new AgentClock({ system: () => 1, uptime: () => 1, log });
  const host = { environment: "local", repositories: folder, references: [] };
  const writer = new Writer({ store, access, host, evaluation, log, clock, active: null });
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const body = { release: loaded.value.release, origin: { sources: {} } };
  const release = { actor: "admin:ci", kind: "release", id: "local", condition: null } as const;
  return {
    judged,
    activate: () => writer.submit({ ...release, verb: "activate", body }),
    end: () => writer.submit({ ...release, verb: "deactivate" }),
    takeAway: () => writer.submit({ actor: "admin:ann", kind: "account", verb: "release", id: "ada" }),
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

test("a second release is refused at once, a removal waits for one, and each has its audit row", async () => {
  const { judged, activate, end, takeAway, audit, close } = await writerOf();
  const first = activate();
  await until(() => judged.length === 1);
  // the first one is not judged yet
  const others = await Promise.all([activate(), activate(), activate()]);
  expect(others.map((one) => one.kind === "refused" && one.code)).toEqual(Array(3).fill("releaseUnderway"));
  const [removal, ending] = [takeAway(), end()];
  judged[0]?.();
  expect((await first).kind).toBe("refused");
  expect((await removal).kind).toBe("done");
  // the end of a release takes access away, and waits as other writes do
  expect(await ending).toMatchObject({ code: "noRelease" });
  expect(judged).toHaveLength(1);
  expect(await audit()).toEqual([
    ["release.activate", "tookTooLong"],
    ...Array(3).fill(["release.activate", "releaseUnderway"]),
    ["account.release", null],
    ["release.deactivate", "noRelease"],
  ]);
  await close();
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
