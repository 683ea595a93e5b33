/** The access file cannot be written when the agent starts: it starts all the same, and goes on by itself when it can be. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { deactivate, staff } from "./people.ts";
import { change } from "./store/file.ts";

let h: Harness;
let ids: ReadonlyMap<string, string>;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
  ids = await staff(h, { engineering: ["ada", "bob"] });
});
afterEach(async () => {
  limitFiles("unlimited");
  await h.stop();
});

const soon = { timeout: 30_000, interval: 100 };

const inStore = (statement: string) => () => change(join(h.config.data, "store.db"), statement);
const withoutBob = inStore("UPDATE users SET account = NULL WHERE user_name = 'bob@example.com'");

/** A process that holds the file, and does not end: one of the web server's group that reads it, unless the test says otherwise. */
async function holdFile(begin = "BEGIN") {
  const program = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
connection.execute("SELECT * FROM meta").fetchall()
print("held", flush=True)
sys.stdin.read()
`;
  const reader = spawn("python3", ["-c", program, h.config.access, begin], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(reader.stdout, "data");
  return {
    pid: reader.pid,
    async letGo() {
      reader.stdin.end();
      await once(reader, "exit");
    },
  };
}

/** No file may grow beyond this, in this process: each write past it fails as on a full disk. */
function limitFiles(bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
}

/** Both ways of a write, until the file can be written: what is there is read, and nothing is taken that is not enforced. */
async function expectHeldUp(): Promise<void> {
  expect((await h.scim("GET", `/Users/${ids.get("ada")}`)).body.active).toBe(true);
  const { status, headers, body } = await deactivate(h, ids.get("ada"));
  expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
  expect(body.detail).toMatch(/held by whoever reads it: try again|nothing can be stored now/);
}

async function expectGoesOn(): Promise<void> {
  await vi.waitFor(async () => expect((await deactivate(h, ids.get("ada"))).status).toBe(200), soon);
  expect(h.accessFile().accounts).toContain("ada,0");
}

test("a reader that does not let go keeps no agent from starting, and is named in the log", async () => {
  const reader = await holdFile();
  // by the store the file has to be changed
  await h.restart(withoutBob);
  expect(h.logs.join()).toContain("the access file cannot be written");
  expect(h.logs.join()).toContain(`python3 (${reader.pid})`);
  expect(h.accessFile().accounts).toEqual(["ada,1", "bob,1"]);
  await expectHeldUp();
  await reader.letGo();
  await vi.waitFor(() => expect(h.accessFile().accounts).toEqual(["ada,1", "bob,0"]), soon);
  await expectGoesOn();
  expect(h.logs.join()).toContain("the access file is equal to the store again");
});

test("root has the file open to write when the agent starts: it is not replaced, and a leaver does not come in by an older store", async () => {
  const store = join(h.config.data, "store.db");
  const copy = join(h.folder, "copy.db");
  await h.restart(() => copyFileSync(store, copy));
  await deactivate(h, ids.get("bob"));
  const { ino } = statSync(h.config.access);
  await h.restart(async () => {
    copyFileSync(copy, store);
    const root = await holdFile("BEGIN EXCLUSIVE");
    setTimeout(() => void root.letGo(), 1_500);
  });
  expect(statSync(h.config.access).ino).toBe(ino);
  await vi.waitFor(() => expect(h.accessFile().accounts).toEqual(["ada,1", "bob,0"]), soon);
});

test.each<[string, () => void]>([
  ["the access file is gone", () => rmSync(h.config.access)],
  ["the access file lacks what the store has", withoutBob],
  ["how connectors are let in was altered", inStore("DELETE FROM doors")],
  ["a token was not seen before", inStore("DELETE FROM tokens")],
  ["there is nothing to write", () => {}],
])("a full disk keeps no agent from starting: %s", async (what, meanwhile) => {
  await h.restart(() => {
    meanwhile();
    limitFiles(0);
  });
  expect((await h.admin("GET", "/release")).status).toBe(200);
  if (what.startsWith("a token")) {
    expect((await h.scim("GET", "/Users")).status).toBe(503);
    expect(h.logs.join()).toContain("a token of connector okta cannot be noted");
  } else await expectHeldUp();
  limitFiles("unlimited");
  await expectGoesOn();
  await h.restart();
  expect(h.accessFile().accounts).toContain("ada,0");
});

test("nor from starting on a copy of the store from before: it gives nothing, and takes away when there is room", async () => {
  const store = join(h.config.data, "store.db");
  const copy = join(h.folder, "copy.db");
  await h.restart(() => copyFileSync(store, copy));
  const policy = (await h.admin("GET", "/history")).body.entries[0].policyDigest;
  await deactivate(h, ids.get("bob"));
  await h.restart(() => {
    copyFileSync(copy, store);
    limitFiles(0);
  });
  expect(h.logs.join()).toContain("that the store is a copy from before cannot be stored now");
  expect((await h.admin("GET", "/release")).status).toBe(404);
  expect((await h.admin("GET", `/policies/${policy}`)).body.active).toBe(false);
  expect(h.accessFile().accounts).toEqual(["ada,1", "bob,0"]);
  await expectHeldUp();
  limitFiles("unlimited");
  await expectGoesOn();
  await h.restart();
  expect((await h.admin("GET", "/release")).status).toBe(404);
  expect((await h.scim("GET", `/Users/${ids.get("bob")}`)).body.active).toBe(false);
  expect(h.accessFile().accounts).toEqual(["ada,0", "bob,0"]);
});

test("where the store itself cannot be opened, the agent ends with a sentence", async () => {
  const data = join(h.folder, "new/data");
  limitFiles(0);
  await expect(startHarness(["core/api"], { data })).rejects.toThrow(
    /^the store in .* cannot be opened: .*room on the disk/,
  );
  limitFiles("unlimited");
});
