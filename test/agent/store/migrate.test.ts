/** Stores of other versions: brought to this one whole or not at all, or left as they are. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Migration, sql } from "kysely";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqliteMigrations } from "../../../agent/store/migrations.ts";
import { openStore } from "../../../agent/store/sqlite.ts";
import { change, dumpOf } from "./file.ts";
import { writeVersion1 } from "./version-1.ts";

const known = Object.keys(sqliteMigrations).length;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-migrate-"));
  file = join(folder, "store.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Opens and closes it. */
async function visit(migrations = sqliteMigrations): Promise<void> {
  await (await openStore(folder, "local", { migrations })).close();
}

const next = (up: Migration["up"]) => ({ ...sqliteMigrations, "9999-next": { up } });

test("a store from before its clock kept a reference, limits were measured and tokens had connectors", async () => {
  const earlier = Object.entries(sqliteMigrations).filter(([name]) => name < "0008");
  await visit(Object.fromEntries(earlier));
  change(
    file,
    `INSERT INTO clock (id, time, measured) VALUES (1, 10000, 700);
    INSERT INTO changes VALUES (9900, 'okta', 1, 2, 3), (9000, 'okta', 1, 2, 3);
    INSERT INTO tokens VALUES ('ab', 'okta-token', 5)`,
  );
  await visit();
  const { clock, changes, tokens } = dumpOf(file);
  expect(clock).toEqual([[1, 10000, 700, 10000, 0, expect.any(String)]]);
  // as long ago as they were
  expect(changes?.map((row) => (row as unknown[])[0])).toEqual([-300, 600]);
  expect(tokens).toEqual([["ab", "okta-token", 5, null, null, null]]);
});

test("a store of version 1 gets the tables of a new one, and keeps its rows and numbers", async () => {
  writeVersion1(file);
  const old = dumpOf(file);
  const {
    schema: _,
    meta,
    sqlite_sequence,
    audit = [],
    users = [],
    groups = [],
    owners = [],
    activations = [],
    changes = [],
    tokens = [],
    ...before
  } = old;
  const latest = Math.max(...audit.map((row) => Number((row as unknown[])[1])));
  await visit();
  const { schema, ...after } = dumpOf(file);
  expect(after).toMatchObject({
    ...before,
    // a row says no more than it did
    audit: audit.map((row) => [...(row as unknown[]), null, null, null, null, null]),
    // who a user is called now is who they are; no name is another's
    users: users.map((row) => {
      const cells = row as unknown[];
      const [externalId, account] = [cells[4], cells[6]];
      const hadOne = owners.some((owner) => (owner as unknown[])[2] === cells[1]);
      return [
        ...cells,
        externalId,
        externalId,
        account === null && hadOne ? 1 : 0,
        null,
        null,
        0,
        null,
        null,
      ];
    }),
    // of users who are gone nothing but the id is known
    owners: owners.map((row) => {
      const cells = row as unknown[];
      const user = users.find((other) => (other as unknown[])[1] === cells[2]) as unknown[] | undefined;
      return [...cells, user?.[4] ?? null];
    }),
    // its members are listed under its id
    groups: groups.map((row) => [...(row as unknown[]), 0, (row as unknown[])[1]]),
    // what ran before counts by its dates until the last write, from which on it is measured
    activations: activations.map((row) => [
      ...(row as unknown[]),
      Number((row as unknown[])[2]) - latest,
      null,
    ]),
    changes: changes.map((row) => {
      const [at, ...counts] = row as unknown[];
      return [Number(at) - latest, ...counts];
    }),
    // whose they are is noted at the start
    tokens: tokens.map((row) => [...(row as unknown[]), null, null, null]),
  });
  expect(after.sqlite_sequence?.toSorted()).toEqual(sqlite_sequence?.toSorted());
  expect(new Set(after.meta)).toEqual(
    new Set([
      ...(meta?.map((row) => (String(row) === "version,1" ? ["version", String(known)] : row)) ?? []),
      ["lineage", expect.stringMatching(/^[0-9a-f]{32}$/)],
    ]),
  );
  rmSync(file);
  await visit();
  expect(dumpOf(file).schema).toEqual(schema);
});

test("names are folded, whatever columns and indexes came before, and several of one name stay", async () => {
  const names = ["ann", "ANN ", "\u00a0ann", "Straße", "strasse", "e\u0301", "\u212a"];
  const { "0004-names": fold, ...others } = sqliteMigrations;
  const earlier = Object.entries(others).filter(([name]) => name < "0004");
  const before: typeof sqliteMigrations = {
    ...Object.fromEntries(earlier),
    "0003-zz": {
      async up(db) {
        await sql`ALTER TABLE users ADD COLUMN later TEXT DEFAULT 'x'`.execute(db);
        await sql`CREATE INDEX users_later ON users (later)`.execute(db);
        for (const [i, userName] of names.entries())
          await sql`INSERT INTO users (id, connector, user_name, resource, created, modified, version) VALUES
            (${`u${i}`}, 'okta', ${userName.toLowerCase()}, ${JSON.stringify({ userName })}, 0, 0, 1)`.execute(
            db,
          );
      },
    },
  };
  await visit(before);
  await visit({ ...before, ...(fold && { "0004-names": fold }) });
  const { schema = [] } = dumpOf(file);
  expect(schema.map((row) => String((row as unknown[])[1]))).toEqual(
    expect.arrayContaining([
      "users_name",
      "users_later",
      "users_external_id",
      "groups_name",
      "groups_modified",
    ]),
  );
  const database = new Database(file, { readonly: true });
  const rows = database.prepare("SELECT id, user_name, twin, later FROM users ORDER BY sequence").raw().all();
  database.close();
  expect(rows).toEqual([
    ["u0", "ann", 0, "x"],
    ["u1", "ann", 1, "x"],
    ["u2", "ann", 1, "x"],
    ["u3", "strasse", 1, "x"],
    ["u4", "strasse", 0, "x"],
    ["u5", "é", 0, "x"],
    ["u6", "k", 0, "x"],
  ]);
  expect(() => change(file, "UPDATE users SET twin = 0 WHERE id = 'u1'")).toThrow("UNIQUE");
});

test("the number of an audit row that is gone is not given again", async () => {
  writeVersion1(file);
  change(file, "DELETE FROM audit WHERE sequence > 50");
  const open = await openStore(folder, "local");
  const entry = { at: 0, actor: "", operation: "", target: "", outcome: "held", detail: "" } as const;
  const row = await open.store.insertInto("audit").values(entry).returning("sequence").executeTakeFirst();
  expect(row).toEqual({ sequence: 59 });
  await open.close();
});

test("a store that lacks later tables of version 1 gets them", async () => {
  writeVersion1(file);
  await visit();
  const { schema } = dumpOf(file);
  rmSync(file);
  writeVersion1(file);
  change(file, "DROP TABLE user_keys; DROP TABLE tokens; DROP TABLE changes; DROP INDEX users_modified");
  await visit();
  expect(dumpOf(file).schema).toEqual(schema);
});

test("one that has taken all steps is not written to", async () => {
  await visit();
  const before = readFileSync(file);
  await visit();
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("the order of steps does not go by the clock", async () => {
  await visit();
  change(
    file,
    "UPDATE kysely_migration SET timestamp = '2999-01-01T00:00:00.000Z' WHERE name = '0001-tables'",
  );
  await visit(next(async () => {}));
  await visit(next(async () => {}));
});

test.each(["of version 1", "of this version", "that is new"])(
  "a step that fails takes all others with it: a store %s",
  async (kind) => {
    if (kind === "of version 1") writeVersion1(file);
    if (kind === "of this version") await visit();
    const before = kind === "that is new" ? { schema: [] } : dumpOf(file);
    const failing = next(async (db) => {
      await sql`DROP TABLE owners`.execute(db);
      await sql`CREATE TABLE half (done)`.execute(db);
      await sql`INSERT INTO meta VALUES ('half', 'done')`.execute(db);
      await sql`SELECT nobody`.execute(db);
    });
    await expect(visit(failing)).rejects.toThrow(
      `the store cannot be brought to version ${known + 1} and is as it was before: no such column: nobody`,
    );
    expect(dumpOf(file)).toEqual(before);
    await visit();
  },
);

test("kill -9 in the middle leaves the old store", async () => {
  writeVersion1(file);
  const before = dumpOf(file);
  const program = join(folder, "dying-migration.cjs");
  await build({
    entryPoints: [fileURLToPath(new URL("dying-migration.ts", import.meta.url))],
    outfile: program,
    bundle: true,
    platform: "node",
    packages: "external",
  });
  const env = { ...process.env, NODE_PATH: resolve("node_modules") };
  const { signal, stderr } = spawnSync(process.execPath, [program, folder], { encoding: "utf8", env });
  expect({ signal, stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(100_000);
  expect(dumpOf(file)).toEqual(before);
  await visit();
  expect(dumpOf(file).owners).toHaveLength(before.owners?.length ?? 0);
});

test.each([
  [
    "a step that is not known here",
    "INSERT INTO kysely_migration VALUES ('9999-next', '')",
    'the store has taken the step "9999-next", which this hgscim does not know (start',
  ],
  [
    "a later version",
    `UPDATE meta SET value = '${known + 1}' WHERE key = 'version'`,
    `the store is of version "${known + 1}", and this hgscim knows none after "${known}" (start`,
  ],
  [
    "a version that is no number",
    "UPDATE meta SET value = 'x' WHERE key = 'version'",
    `the store is of version "x", and this hgscim knows none after "${known}" (start`,
  ],
])("a store with %s is refused, and not touched", async (_, statement, told) => {
  await visit();
  change(file, statement);
  const before = readFileSync(file);
  await expect(visit()).rejects.toThrow(told);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("what is refused is not even brought to this version", async () => {
  writeVersion1(file);
  const before = readFileSync(file);
  await expect(openStore(folder, "production")).rejects.toThrow(
    'the store is of environment "local" (expected "production")',
  );
  expect(readFileSync(file).equals(before)).toBe(true);
  // and whoever was refused holds no lock
  await visit();
});
