/** Nobody but the agent and the web server's group can open the access file, hold its lock or replace it. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AccessFile, AccessFileBusy } from "../../../agent/mercurial/access-file.ts";
import { startHarness } from "../harness.ts";

const joining = [{ kind: "join", account: "ada", group: "okta/core" }] as const;
const modeOf = (file: string) => (statSync(file).mode & 0o7777).toString(8);

let root: string;
let folder: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "hgscim-closed-"));
  folder = join(root, "access");
  file = join(folder, "access.db");
});
afterEach(() => rmSync(root, { recursive: true }));

test("what the agent makes is closed, whatever the umask is", async () => {
  for (const mask of [0o000, 0o022, 0o077]) {
    const before = process.umask(mask);
    try {
      const access = await AccessFile.open(file, "local");
      const prepared = await access.prepare(joining, 1);
      expect([folder, file, `${file}-journal`].map(modeOf), String(mask)).toEqual(["750", "640", "640"]);
      prepared.commit();
      access.close();
    } finally {
      process.umask(before);
    }
    rmSync(folder, { recursive: true });
  }
});

test("a file and a folder that were open before are closed", async () => {
  mkdirSync(folder, { mode: 0o755 });
  (await AccessFile.open(file, "local")).close();
  // what others read of the journal is of people, and who cannot read it is told that it has to be recovered
  const journal = `${file}-journal`;
  chmodSync(file, 0o644);
  chmodSync(journal, 0o604);
  chmodSync(folder, 0o2755);
  const { ino } = statSync(file);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) chownSync(folder, -1, 65_534);
  (await AccessFile.open(file, "local")).close();
  expect([folder, file, journal].map(modeOf)).toEqual(["2750", "640", "640"]);
  const { gid } = statSync(folder);
  expect([gid === 65_534, ...[file, journal].map((one) => statSync(one).gid)]).toEqual([isRoot, gid, gid]);
  expect(statSync(file).ino).toBe(ino);
});

test("the draft of a killed agent, open to everybody, is not used", async () => {
  mkdirSync(folder);
  writeFileSync(`${file}.new`, "", { mode: 0o666 });
  // whoever has it open could hold its lock
  const held = openSync(`${file}.new`, "r");
  (await AccessFile.open(file, "local")).close();
  expect(fstatSync(held).nlink).toBe(0);
  closeSync(held);
  expect(modeOf(file)).toBe("640");
});

test.each([0o770, 0o777, 0o1777, 0o752])("a folder that others can write to is refused: %i", async (mode) => {
  mkdirSync(folder);
  chmodSync(folder, mode);
  await expect(AccessFile.open(file, "local")).rejects.toThrow(
    `others can write to the folder of the access file ${file} (expected one of the agent's own user, with mode 2750)`,
  );
  expect(existsSync(file)).toBe(false);
});

test("how long a write waited for a reader is told, whether it came through or not", async () => {
  const waits: number[] = [];
  const waited = (span: number) => void waits.push(span);
  const access = await AccessFile.open(file, "local", { patience: 1_500, waited });
  const reader = new Database(file, { readonly: true });
  const hold = () => reader.exec("BEGIN; SELECT * FROM meta");
  hold();
  await expect(access.prepare(joining, 1)).rejects.toThrow(AccessFileBusy);
  expect(waits).toHaveLength(1);
  const prepared = access.prepare(joining, 1);
  await sleep(1_050);
  reader.exec("COMMIT");
  (await prepared).commit();
  expect(waits).toHaveLength(2);
  // most waits are short, and nobody's concern
  hold();
  const soon = access.prepare([], 1);
  await sleep(20);
  reader.exec("COMMIT");
  (await soon).rollback();
  expect(waits).toHaveLength(2);
  reader.close();
  access.close();
});

test("an agent warns of it in its log; its store is its own alone", async () => {
  const h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
  const reader = new Database(h.config.access, { readonly: true });
  reader.exec("BEGIN; SELECT * FROM meta");
  const writing = h.scim("POST", "/Users", { userName: "ada@example.com", active: true });
  await sleep(2_500);
  reader.exec("COMMIT");
  reader.close();
  expect((await writing).status).toBe(201);
  const lines = h.logs.map((line) => JSON.parse(line)).filter(({ waited }) => waited !== undefined);
  expect(lines).toMatchObject([
    { level: 40, msg: expect.stringMatching(/^a write waited \d s for whoever holds the access file$/) },
  ]);
  const stored = ["store.db", "store.db-wal", "store.db-shm"].map((name) => join(h.config.data, name));
  expect(stored.map(modeOf)).toEqual(["600", "600", "600"]);
  await h.stop();
});
