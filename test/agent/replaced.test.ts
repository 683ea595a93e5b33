/** The access file is replaced while the agent runs: what it takes away is taken away, and what an old file gives does not come back. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "libsql";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { staff } from "./people.ts";
import { change } from "./store/file.ts";

let h: Harness;
let file: string;
/** The file as it was when ada was in core-team still. */
let old: string;
/** A copy of that, for a test to move. */
let backup: string;
let ids: Map<string, string>;
beforeAll(async () => {
  h = await startHarness(["core/api"]);
  file = h.config.access;
  [old, backup] = [join(h.folder, "old.db"), join(h.folder, "backup.db")];
  await h.deploy(await h.release());
  ids = await staff(h, { "core-team": ["ada", "bob"], engineering: ["ada", "bob"] });
  copyFileSync(file, old);
  expect((await leave("ada")).status).toBe(204);
});
beforeEach(async () => {
  copyFileSync(old, backup);
  expect((await become("bob", true)).status).toBe(200);
  h.logs.length = 0;
});
afterAll(() => h.stop());

const leave = async (name: string) => {
  const group = (await h.scim("GET", '/Groups?filter=displayName eq "core-team"')).body.Resources[0].id;
  const path = `members[value eq "${ids.get(name)}"]`;
  return h.scim("PATCH", `/Groups/${group}`, { Operations: [{ op: "remove", path }] });
};
const become = (name: string, value: boolean) =>
  h.scim("PATCH", `/Users/${ids.get(name)}`, { Operations: [{ op: "replace", path: "active", value }] });
const deactivate = (name: string) => become(name, false);
/** Both the database and a journal that takes back what was written since, as whoever is killed leaves them. */
const withJournal = (to: string) => {
  const broken = join(h.folder, "broken.db");
  copyFileSync(old, broken);
  const database = new Database(broken);
  database.exec("PRAGMA cache_size = 1; BEGIN IMMEDIATE");
  for (let i = 0; i < 2_000; i++) database.exec(`INSERT INTO accounts VALUES ('account-${i}', 1)`);
  for (const end of ["-journal", ""]) copyFileSync(`${broken}${end}`, `${to}${end}`);
  database.exec("ROLLBACK");
  database.close();
};

const ways: [string, () => void][] = [
  ["by an old one, as another file", () => renameSync(backup, file)],
  ["by an old one, in its place", () => copyFileSync(backup, file)],
  ["by what a killed writer of an old one left", () => withJournal(file)],
  ["by nothing", () => rmSync(file)],
  [
    "by nothing, and its folder by nothing",
    () => renameSync(dirname(file), join(h.folder, `away-${readdirSync(h.folder).length}`)),
  ],
  ["by an empty one", () => truncateSync(file)],
  ["by half of it", () => truncateSync(file, 4096 * 3)],
  ["by something else", () => writeFileSync(file, "x".repeat(10_000))],
  [
    "by a link to an old one",
    () => {
      rmSync(file);
      symlinkSync(backup, file);
    },
  ],
  [
    "by somebody who adds a row",
    () => change(file, "INSERT INTO memberships VALUES ('ada', 'okta/core-team')"),
  ],
];

test.each(ways)("a removal comes through at once, whether it is replaced %s", async (_, replace) => {
  const left = h.accessFile();
  replace();
  expect((await deactivate("bob")).status).toBe(200);
  const expected = {
    ...left,
    accounts: ["ada,1", "bob,0"],
    memberships: left.memberships?.filter((row) => !String(row).startsWith("bob,")),
  };
  expect(h.accessFile()).toEqual(expected);
});

test("after that, a start finds nothing to do", async () => {
  const left = h.accessFile();
  const { mtimeMs } = statSync(file);
  await h.restart();
  expect(h.accessFile()).toEqual(left);
  expect(statSync(file).mtimeMs).toBe(mtimeMs);
});

test.each(ways.filter((_, i) => [0, 1, 3].includes(i)))(
  "without a write it is as it was within seconds, when it is replaced %s",
  async (_, replace) => {
    const left = h.accessFile();
    replace();
    await vi.waitFor(() => expect(h.accessFile()).toEqual(left), { timeout: 10_000, interval: 50 });
  },
);

test.each([
  ["a folder in its place", "", "is in the way of the access file (expected a file, or nothing there)"],
  ["no room for its journal", "-journal", "the access file cannot be written"],
])(
  "what cannot be made anew is 503 to everybody, and is made as soon as it can be: %s",
  async (_, end, why) => {
    rmSync(`${file}${end}`, { force: true });
    mkdirSync(`${file}${end}`);
    const answer = await deactivate("bob");
    expect(answer.status).toBe(503);
    expect(h.logs.join()).toContain(why);
    rmdirSync(`${file}${end}`);
    expect((await deactivate("bob")).status).toBe(200);
    expect(h.accessFile().accounts).toEqual(["ada,1", "bob,0"]);
    expect(existsSync(`${file}.new`)).toBe(false);
  },
);

test("a release and a large group that meet it come through", async () => {
  const { digest } = (await h.admin("GET", "/release")).body;
  rmSync(file);
  await h.deploy(
    await h.release((release) => {
      release.permissions.core.write = ["okta/engineering"];
      release.permissions.core.read = [];
    }),
    digest,
  );
  expect(h.accessFile().memberships).not.toContain("ada,okta/core-team");
  renameSync(backup, file);
  const group = await h.scim("POST", "/Groups", {
    displayName: "docs-team",
    members: [...ids.values()].map((value) => ({ value, display: "x".repeat(600_000) })),
  });
  expect(group.status).toBe(201);
  expect(h.accessFile().memberships).toEqual([
    "ada,okta/docs-team",
    "ada,okta/engineering",
    "bob,okta/core-team",
    "bob,okta/docs-team",
    "bob,okta/engineering",
  ]);
});

test("who reads the file that was there is waited for", async () => {
  const reader = new Database(file, { readonly: true });
  reader.exec("BEGIN; SELECT * FROM meta");
  renameSync(backup, file);
  let answered = false;
  const leaving = deactivate("bob").then((answer) => {
    answered = true;
    return answer;
  });
  await sleep(300);
  expect(answered).toBe(false);
  reader.exec("COMMIT");
  reader.close();
  expect((await leaving).status).toBe(200);
});

test("where the stored release is not trusted either, nobody has access by an old file", async () => {
  await h.restart(() =>
    change(join(h.config.data, "store.db"), "DELETE FROM release_copy; DELETE FROM releases"),
  );
  expect(h.accessFile().memberships).toContain("bob,okta/core-team");
  renameSync(backup, file);
  await vi.waitFor(() => expect(h.accessFile()).toMatchObject({ memberships: [], grants: [] }), {
    timeout: 10_000,
    interval: 50,
  });
  expect(h.logs.join()).toContain("nobody has access");
});
