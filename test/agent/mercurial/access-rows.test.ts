/** Making the access file equal to a snapshot costs as much as there is, whatever of it is new or gone. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { haveOwnTables, layOut, makeRoom, takeOver } from "../../../agent/mercurial/access-rows.ts";
import type { AccessSnapshot } from "../../../agent/mercurial/snapshot-rows.ts";
import { Database, type Statement } from "../../../agent/store/database.ts";
import { Statements } from "../../../agent/store/statements.ts";

/** A connection that remembers what was asked of it. */
class Asked extends Statements {
  readonly texts: string[] = [];
  override prepare(text: string): Statement {
    this.texts.push(text);
    return super.prepare(text);
  }
}

let database: Database;
let statements: Asked;
beforeEach(() => {
  database = new Database(":memory:");
  database.exec(readFileSync("agent/mercurial/access-schema.sql", "utf8"));
  haveOwnTables(database);
  database.exec("INSERT INTO meta (key, value) VALUES ('release', '')");
  makeRoom(database);
  statements = new Asked(database);
});
afterEach(() => database.close());

const permission = (until: string) => ({
  repositories: ["core/**", "!core/old"],
  read: [{ group: "okta/docs", until }],
  write: ["okta/core"],
  deny: { read: ["okta/guests"], write: [] },
  branches: { stable: ["okta/core"] },
  bookmarks: {},
  paths: {},
});
const snapshot = (groups: readonly string[], until = "2026-12-31"): AccessSnapshot => ({
  release: "sha256:0",
  permissions: { core: permission(until) } as unknown as AccessSnapshot["permissions"],
  accounts: ["ada", "bob"].map((account) => ({ account, active: account === "ada", groups })),
  groups: [{ id: "1", name: "core", group: "okta/core" }],
  suspended: new Set(),
});
const rows = (table: string) => database.prepare(`SELECT * FROM ${table}`).raw().all();
/** How many rows are written when the file becomes equal to a snapshot. */
const written = async (of: AccessSnapshot) => {
  await layOut(database, of);
  const total = () => (database.prepare("SELECT total_changes() AS n").get() as { n: number }).n;
  const before = total();
  takeOver(statements, of);
  // the release's own row is always written
  return total() - before - 1;
};

test("what is no longer wanted is found by a search for each row, in every table", async () => {
  await written(snapshot(["okta/core"]));
  const deletions = statements.texts.filter((text) => text.startsWith("DELETE"));
  const plans = deletions.map((text) =>
    (database.prepare(`EXPLAIN QUERY PLAN ${text}`).all() as { detail: string }[]).map((row) => row.detail),
  );
  const search = (...columns: string[]) =>
    `SEARCH wanted USING PRIMARY KEY (${columns.map((column) => `${column}=?`).join(" AND ")})`;
  for (const [i, columns] of [
    ["account", "active"],
    ["account", "group"],
    ["permission", "effect", "subject", "right", "until"],
    ["permission", "kind", "place", "group"],
    ["permission", "base", "pattern", "negated"],
    ["account", "user"],
    ["id", "name", "group"],
    ["type", "blob", "account"],
    ["user"],
  ].entries())
    expect(plans[i]?.at(-1), deletions[i]).toBe(search(...columns));
  expect(plans).toHaveLength(9);
});

test("only what differs is touched: a group that is gone, an end that is another, a pattern", async () => {
  const both = ["okta/core", "okta/docs"];
  await written(snapshot(both));
  const before = ["accounts", "memberships", "grants", "restrictions", "patterns", "groups"].map(rows);
  expect(before.map(({ length }) => length).every((length) => length > 0)).toBe(true);
  expect(await written(snapshot(both))).toBe(0);
  expect(await written(snapshot(["okta/docs"]))).toBe(1);
  expect(rows("memberships")).toEqual([["ada", "okta/docs"]]);
  expect(await written(snapshot(both, "2027-01-01"))).toBe(3);
  expect(rows("grants").filter((row) => (row as unknown[])[4] === Date.UTC(2027, 0, 1))).toHaveLength(1);
  expect(
    await written({ release: "", permissions: {}, accounts: [], groups: [], suspended: new Set() }),
  ).toBeGreaterThan(0);
  expect(["accounts", "memberships", "grants", "restrictions", "patterns", "groups"].flatMap(rows)).toEqual(
    [],
  );
  await written(snapshot(both));
  expect(["accounts", "memberships", "grants", "restrictions", "patterns", "groups"].map(rows)).toEqual(
    before,
  );
});
