/** `hgscim agent backup`: a copy of a store that is written to, restored on a machine that has nothing, and on its own. */
import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { deactivate, staff } from "../agent/people.ts";
import { hgscim } from "./hgscim.ts";

let h: Harness;
let digest: string;
let people: Map<string, string>;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  writeFileSync(join(h.folder, "agent.yaml"), JSON.stringify(h.config));
  digest = await h.deploy(await h.release());
  people = await staff(h, { engineering: ["ada", "bob"] });
});
afterEach(() => h.stop());

const backup = (file: string, ...args: string[]) =>
  hgscim(["agent", "backup", file, "--config", "agent.yaml", ...args], { cwd: h.folder });
const putBack = (into: Harness, copy: string) => {
  for (const end of ["", "-wal", "-shm"]) rmSync(join(into.config.data, `store.db${end}`), { force: true });
  copyFileSync(copy, join(into.config.data, "store.db"));
};

/** Somebody comes again and again, one after the other, until it is told to end. */
function write(): { end(): Promise<string[]> } {
  let isOver = false;
  const done = (async () => {
    const names: string[] = [];
    while (!isOver) {
      const name = `joiner${names.length}`;
      const reply = await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
      expect(reply.status).toBe(201);
      names.push(name);
    }
    return names;
  })();
  return {
    end: () => {
      isOver = true;
      return done;
    },
  };
}

test("a copy under load is of one moment, and a machine that has nothing goes on by it", async () => {
  const load = write();
  const copies = [];
  for (const name of ["1.db", "2.db", "3.db"]) copies.push(await backup(name, "--json"));
  const names = await load.end();
  copies.push(await backup("4.db", "--json"));
  expect(copies).toMatchObject(copies.map(() => ({ code: 0, stderr: "" })));
  const parsed = copies.map(({ stdout }) => JSON.parse(stdout));
  const { rows } = (await h.admin("GET", "/audit?after=0")).body;
  const elsewhere = await startHarness(["core/api"]);
  for (const { file, audit, release } of parsed) {
    expect(release).toBe(digest);
    await elsewhere.restart(() => {
      rmSync(elsewhere.config.access, { force: true });
      putBack(elsewhere, join(h.folder, file));
    });
    const read = (path: string) => elsewhere.admin("GET", path);
    expect((await read("/release")).body.digest).toBe(digest);
    expect((await read("/audit?last=1")).body.rows[0]).toMatchObject({ sequence: audit });
    expect((await read("/health")).body).toEqual({ ready: true, conditions: [] });
    const came = rows.filter(
      ({ operation, sequence }: { operation: string; sequence: number }) =>
        operation === "user.create" && sequence <= audit,
    );
    // ada and bob were there before the load began
    const there = ["ada", "bob", ...names.slice(0, came.length - 2)];
    expect(elsewhere.accessFile().accounts).toEqual(there.map((name) => `${name},1`).sort());
  }
  // the last one was made when nobody wrote any more
  expect((await elsewhere.admin("GET", "/access")).body).toEqual((await h.admin("GET", "/access")).body);
  await elsewhere.stop();
});

test("on the same machine it only takes away until somebody accepts it: who left since stays out", async () => {
  expect(await backup("copy.db")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^copy\.db: \d+ bytes, up to row \d+ of the audit, release sha256:/),
  });
  expect((await deactivate(h, people.get("bob"))).status).toBe(200);
  await h.restart(() => putBack(h, join(h.folder, "copy.db")));
  expect(h.accessFile().accounts).toEqual(["ada,1", "bob,0"]);
  const { conditions } = (await h.admin("GET", "/health")).body;
  expect(conditions.map(({ code }: { code: string }) => code)).toContain("storeRestored");
  expect((await deactivate(h, people.get("ada"))).status).toBe(200);
});

test("nobody else can open the copy, no secret is in it, and nothing is left of one that cannot be made", async () => {
  expect((await backup("copy.db")).code).toBe(0);
  const file = join(h.folder, "copy.db");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const bytes = readFileSync(file);
  for (const token of Object.values(h.tokens)) expect(bytes.includes(token)).toBe(false);
  const before = readdirSync(h.folder).sort();
  expect(await backup("copy.db")).toMatchObject({
    code: 1,
    stderr: "copy.db is there already (expected the name of a new file)\nNothing was changed.\n",
  });
  expect(await backup("nowhere/copy.db")).toMatchObject({
    code: 1,
    stderr: "nowhere/copy.db cannot be written: no such file\nNothing was changed.\n",
  });
  expect(readFileSync(file).equals(bytes)).toBe(true);
  expect(readdirSync(dirname(file)).sort()).toEqual(before);
});

test("an agent that does not run is copied by its file", async () => {
  await h.restart(async () => {
    const { code, stderr } = await backup("copy.db");
    expect([code, stderr]).toEqual([1, expect.stringContaining("/store.db is whole by itself: copy that.")]);
  });
});
