/** `hgscim agent` on a store that it cannot serve: one sentence, and nothing is changed. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqliteMigrations } from "../../agent/store/migrations.ts";
import { change } from "../agent/store/file.ts";
import { writeVersion1 } from "../agent/store/version-1.ts";
import { hgscim } from "./hgscim.ts";

const known = Object.keys(sqliteMigrations).length;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-agent-store-"));
  mkdirSync(join(folder, "data"));
  file = join(folder, "data", "store.db");
  writeVersion1(file);
  writeFileSync(
    join(folder, "agent.yaml"),
    `environment: local
data: data
access: access/access.db
repositories: repositories
scim: { listen: "127.0.0.1:0" }
admin: { listen: "127.0.0.1:0" }
references: []
tokens: [{ name: ci, role: deployer, sha256: "${"0".repeat(64)}" }]
`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

test.each([
  [
    "of a newer version",
    "UPDATE meta SET value = '99' WHERE key = 'version'",
    `hgscim agent: the store is of version "99", and this hgscim knows none after "${known}" (start the hgscim that it belongs to, or put back a copy of the data folder from before)\n`,
  ],
  [
    "of another environment",
    "UPDATE meta SET value = 'production' WHERE key = 'environment'",
    'hgscim agent: the store is of environment "production" (expected "local")\n',
  ],
])("one %s", async (_, statement, stderr) => {
  change(file, statement);
  const before = readFileSync(file);
  const finished = await hgscim(["agent", "--config", "agent.yaml"], { cwd: folder });
  expect(finished).toEqual({ code: 1, stdout: "", stderr });
  expect(readFileSync(file).equals(before)).toBe(true);
  // not even an access file was made
  expect(readdirSync(folder).sort()).toEqual(["agent.yaml", "data"]);
});
