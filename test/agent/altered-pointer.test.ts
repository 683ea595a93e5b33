/** Which release is active is altered in the store: nothing runs that was not activated, and people keep their access. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, expect, test } from "vitest";
import { undoubted } from "../../agent/clock/rule.ts";
import { acceptedOver } from "../../agent/releases/altered.ts";
import { Archive } from "../../agent/releases/archive.ts";
import type { Store } from "../../agent/store/schema.ts";
import { openMemoryStore } from "../../agent/store/sqlite.ts";
import type { ActiveRelease } from "../../api/contract.ts";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import { type Harness, type ReleaseShape, startHarness } from "./harness.ts";
import { staff } from "./people.ts";
import { change } from "./store/file.ts";

let h: Harness | undefined;
afterEach(async () => {
  await h?.stop();
  h = undefined;
});

const strict = (release: ReleaseShape) => {
  release.settings.bounds = { lose: "0%", above: 0, protected: ["okta/core-team"] };
};
const loose = (release: ReleaseShape) => {
  release.permissions.core.write = ["okta/engineering"];
  release.permissions.core.read = [];
};
const shut = (release: ReleaseShape) => {
  release.permissions.core.write = [];
  release.permissions.core.read = [];
};

/** An agent that ran `older`, and runs `newer`, for ada and eve. */
async function agentWithTwo() {
  const harness = await startHarness(["core/api"]);
  h = harness;
  const older = await harness.deploy(await harness.release(loose));
  const newer = await harness.deploy(await harness.release(strict), older);
  await staff(harness, { "core-team": ["ada"], engineering: ["ada", "eve"] });
  const put = async (edit: (release: ReleaseShape) => void, accept?: object, expected?: string) =>
    harness.admin("PUT", "/release", {
      body: { release: await harness.release(edit), origin: {}, ...(accept && { accept }) },
      headers: expected === undefined ? { "If-None-Match": "*" } : { "If-Match": `"${expected}"` },
    });
  const file = join(harness.config.data, "store.db");
  const restartAfter = (statements: string) =>
    harness.restart(() => {
      change(file, statements);
      harness.logs.length = 0;
    });
  const errors = () => harness.logs.filter((line) => JSON.parse(line).level === 50).join();
  return { harness, older, newer, put, file, restartAfter, errors };
}
type Two = Awaited<ReturnType<typeof agentWithTwo>>;

const newest = "WHERE sequence = (SELECT max(sequence) FROM activations)";
const pointAt = (digest: string) => `UPDATE activations SET digest = '${digest}' ${newest}`;
const later =
  "INSERT INTO activations (digest, at, by, origin, measured) SELECT digest, 4102444800000, by, origin, measured FROM activations";

test.each<[string, (two: Two) => string]>([
  ["all activations taken out", () => "DELETE FROM activations"],
  ["the newest one said to be of an older release", ({ older }) => pointAt(older)],
  ["both taken out", () => "DELETE FROM active; DELETE FROM activations"],
])("%s: nothing runs, everybody keeps their access, and the way out is an accept", async (_, statements) => {
  const two = await agentWithTwo();
  const { harness, older, newer, put, restartAfter, errors } = two;
  const file = harness.accessFile();
  await restartAfter(statements(two));
  expect(errors()).toContain("what is stored contradicts itself");
  expect(harness.accessFile()).toEqual(file);
  expect((await harness.admin("GET", "/release")).status).toBe(404);
  expect((await harness.admin("GET", "/history")).status).toBe(200);

  const refused = await put(shut);
  expect(refused).toMatchObject({ status: 409, body: { error: { code: "releaseAltered" } } });
  expect(refused.body.error.message).toContain(newer);
  if (errors().includes(older)) expect((await put(loose)).body.error.code).toBe("releaseAltered");
  expect(harness.accessFile()).toEqual(file);
  const text = (await harness.admin("GET", `/releases/${newer}`)).body?.release;
  if (text) expect(digestsOf(text).release).toBe(newer);

  expect((await put(strict, { from: newer, lose: 0 })).status).toBe(200);
  expect(harness.accessFile()).toEqual(file);
  // from here on it is as it was before: its bounds hold the next one
  expect((await put(shut, undefined, newer)).body.error.code).toBe("beyondBounds");
  await harness.restart(() => (harness.logs.length = 0));
  expect(errors()).toBe("");
  expect((await harness.admin("GET", "/release")).body.digest).toBe(newer);
});

test("where only one release is named, that one comes again unasked", async () => {
  const { newer, put, restartAfter } = await agentWithTwo();
  await restartAfter("DELETE FROM activations");
  const again = await put(strict);
  expect([again.status, again.body.digest]).toEqual([200, newer]);
});

test.each([
  ["no JSON", "'{'"],
  ["another type", `'{"sources":7}'`],
  ["a list", "'[]'"],
])("where a release is from is %s: the agent starts, and runs what was active", async (_, origin) => {
  const { harness, newer, restartAfter } = await agentWithTwo();
  const file = harness.accessFile();
  await restartAfter(`UPDATE activations SET origin = ${origin}`);
  expect((await harness.admin("GET", "/release")).body).toMatchObject({
    digest: newer,
    origin: { sources: {} },
  });
  expect((await harness.admin("GET", "/history")).body.entries).toHaveLength(2);
  expect((await harness.admin("GET", `/releases/${newer}`)).status).toBe(200);
  expect(harness.accessFile()).toEqual(file);
});

test("a running agent judges by what it has in memory, whatever the store says is active", async () => {
  const { harness, older, newer, put, file } = await agentWithTwo();
  // a process of its own: closing the file here would give up the agent's locks
  const alter = (statements: string) =>
    execFileSync(process.execPath, [
      "-e",
      'new (require("libsql"))(process.argv[1]).exec(process.argv[2])',
      file,
      statements,
    ]);
  for (const statements of [pointAt(older), "UPDATE active SET digest = NULL", "DELETE FROM activations"]) {
    alter(statements);
    expect((await put(shut, undefined, newer)).body.error.code).toBe("beyondBounds");
    expect((await harness.admin("GET", "/access")).body.digest).toBe(newer);
    const impact = await harness.admin("POST", "/impact", { body: { release: await harness.release(shut) } });
    expect(impact.body).toMatchObject({ from: newer, accounts: 2 });
  }
});

const release = async (edit?: (release: ReleaseShape) => void): Promise<ActiveRelease> => {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const draft = structuredClone(loaded.value.release);
  edit?.(draft);
  const { release: digest, policy, bindings } = digestsOf(draft as ReleaseData);
  return {
    ...{ release: draft, digest, policyDigest: policy, bindingsDigest: bindings },
    ...{ activatedAt: 1, activatedBy: "ci", origin: { sources: {} } },
  };
};

const day = 86_400_000;
test.each<[string, (store: Store) => Promise<unknown>]>([
  ["for how long it ran", (store) => store.updateTable("activations").set({ measured: 0 }).execute()],
  ["when it became active", (store) => store.updateTable("activations").set({ at: 0 }).execute()],
  ["who did it", (store) => store.updateTable("activations").set({ by: "ann" }).execute()],
  ["an activation more", (store) => sql`${sql.raw(later)} WHERE digest IS NOT NULL`.execute(store)],
  ["the digest of them", (store) => store.updateTable("active").set({ history: "x" }).execute()],
])("%s is altered: the release runs, and what was before counts for no soak", async (_, alter) => {
  const store = await openMemoryStore("local");
  const archive = new Archive(store);
  const active = await release();
  await archive.add(active, 9 * day);
  const soak = async (measured: number) => {
    const { now, clock } = undoubted(11 * day);
    const { active: runs, ran } = await archive.attest("local", active.policyDigest, {
      now,
      clock: { ...clock, measured },
    });
    return [runs, ran];
  };
  expect(await soak(10 * day)).toEqual([true, day]);
  expect(await archive.hasOtherHistory()).toBe(false);
  await alter(store);
  expect(await archive.hasOtherHistory()).toBe(true);
  expect(await archive.lastActive("local")).toMatchObject({ ok: true, value: { digest: active.digest } });
  expect(await soak(10 * day)).toEqual([true, 0]);
  // the next activation is certain, and what was altered does not count by it
  await archive.add(active, 10 * day);
  expect(await archive.hasOtherHistory()).toBe(false);
  expect(await soak(12 * day)).toEqual([true, 2 * day]);
  await store.destroy();
});

test("a release that has ended does not come back", async () => {
  const store = await openMemoryStore("local");
  const archive = new Archive(store);
  expect(await archive.lastActive("local")).toEqual({ ok: true, value: null });
  const active = await release();
  await archive.add(active, 0);
  await archive.end(2, "ci", 0);
  expect(await archive.lastActive("local")).toEqual({ ok: true, value: null });
  for (const table of ["active", "activations"] as const) {
    await store.updateTable(table).set({ digest: active.digest }).execute();
    expect(await archive.lastActive("local")).toMatchObject({ ok: table === "activations" });
    expect(await archive.restore()).toBeUndefined();
  }
  await store.destroy();
});

test.each<[string, (older: string) => string, named: "newer" | "both" | "ran"]>([
  ["the newest one taken out", () => `DELETE FROM activations ${newest}`, "both"],
  [
    "an end of the release added",
    () => `${later} ${newest}; ${pointAt("x").replace("'x'", "NULL")}`,
    "newer",
  ],
  ["an older release added, in the future", (older) => `${later} WHERE digest = '${older}'`, "both"],
  ["the row beside them taken out", () => "DELETE FROM active", "newer"],
  ["the row beside them ended", () => "UPDATE active SET digest = NULL", "newer"],
  ["an older release in the row beside them", (older) => `UPDATE active SET digest = '${older}'`, "both"],
  ["no digest in the row beside them", () => "UPDATE active SET digest = 'x'", "newer"],
  ["both changed to what is no digest", () => `UPDATE active SET digest = 'x'; ${pointAt("x")}`, "ran"],
  [
    "everything taken out",
    () =>
      ["active", "activations", "releases", "release_copy"].map((table) => `DELETE FROM ${table}`).join("; "),
    "ran",
  ],
])("%s: it is not certain what is active, and nothing is put in its place", async (_, statements, named) => {
  const store = await openMemoryStore("local");
  const archive = new Archive(store);
  const [older, newer] = [await release(loose), await release(strict)];
  await archive.add(older, 0);
  await archive.add(newer, 0);
  for (const statement of statements(older.digest).split("; ")) await sql.raw(statement).execute(store);
  const ran = `sha256:${"7".repeat(64)}`;
  const last = await archive.lastActive("local", ran);
  const expected = { newer: [newer.digest], both: [newer.digest, older.digest], ran: [ran] }[named];
  expect(last.ok ? [] : last.error.named.toSorted()).toEqual(expected.sort());
  expect(await archive.restore()).toBeUndefined();
  expect(await archive.attest("local", newer.policyDigest, undoubted(1))).toMatchObject({ active: false });
  const untrusted = last.ok ? undefined : last.error;
  for (const one of [older, newer]) {
    expect(acceptedOver({ untrusted }, one.release, undefined).ok).toBe(named === "newer" && one === newer);
    for (const from of expected)
      expect(acceptedOver({ untrusted }, one.release, { from, lose: 0, protected: [] }).ok).toBe(true);
  }
  await store.destroy();
});
