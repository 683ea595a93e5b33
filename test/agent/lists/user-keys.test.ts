import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { fillUserKeys } from "../../../agent/directory/user-keys.ts";
import type { OpenStore } from "../../../agent/store/schema.ts";
import { openStore } from "../../../agent/store/sqlite.ts";
import { type Harness, startHarness } from "../harness.ts";
import { writeVersion1 } from "../store/version-1.ts";
import { listOf } from "./population.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** The table `user_keys` of an agent, without ids. */
function keysOf(h: Harness): string[] {
  const database = new Database(join(h.config.data, "store.db"), { readonly: true });
  const rows = database.prepare("SELECT attribute, value FROM user_keys ORDER BY 1, 2").raw().all();
  database.close();
  return rows.map(String);
}

test("every write of a user keeps what they are looked for by", async () => {
  const h = await startHarness();
  try {
    await h.deploy(await h.release());
    const { body } = await h.scim("POST", "/Users", {
      userName: "ann@example.com",
      displayName: "Ann É",
      emails: [{ value: "Ann@x.example" }, { value: "ann@X.example" }, { type: "work" }],
      [enterprise]: { employeeNumber: "E7" },
    });
    expect(keysOf(h)).toEqual([
      "displayName,ann é",
      "emails.value,ann@x.example",
      `${enterprise}:employeeNumber,e7`,
    ]);
    const patch = (Operations: object[]) => h.scim("PATCH", `/Users/${body.id}`, { Operations });
    await patch([
      { op: "replace", path: "emails", value: [{ value: "b@x.example" }] },
      { op: "remove", path: "displayName" },
    ]);
    expect(keysOf(h)).toEqual(["emails.value,b@x.example", `${enterprise}:employeeNumber,e7`]);
    // what is refused is taken back as a whole
    await h.scim("POST", "/Users", { userName: "bob@example.com", displayName: "Bob" });
    const before = keysOf(h);
    await patch([
      { op: "replace", path: "displayName", value: "Changed" },
      { op: "replace", path: "userName", value: "bob@example.com" },
    ]);
    expect(keysOf(h)).toEqual(before);
    await h.scim("PUT", `/Users/${body.id}`, { userName: "ann@example.com", displayName: "" });
    expect(keysOf(h)).toEqual(["displayName,", "displayName,bob"]);
    await h.scim("DELETE", `/Users/${body.id}`);
    expect(keysOf(h)).toEqual(["displayName,bob"]);
  } finally {
    await h.stop();
  }
});

test("a store that was made before the table is filled at the start, once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-keys-"));
  const opened = async (work: (open: OpenStore) => Promise<void>) => {
    const open = await openStore(folder, "local");
    // as an agent starts
    await fillUserKeys(open.store);
    await work(open);
    await open.close();
  };
  const direct = (statement: string) => {
    const database = new Database(join(folder, "store.db"));
    database.exec(statement);
    database.close();
  };
  try {
    writeVersion1(join(folder, "store.db"));
    direct(`DROP TABLE user_keys; DELETE FROM meta WHERE key = 'user_keys';
      WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
      INSERT INTO users (id, connector, user_name, resource, created, modified, version)
      SELECT 'u' || n, 'okta', 'u' || n, json_object('userName', 'u' || n, 'emails',
        json_array(json_object('value', 'U' || n || '@x.example'))), 0, 0, 1 FROM numbers`);
    const found = async ({ reads }: OpenStore, user: string) =>
      (await listOf(reads, "user", { filter: `emails.value eq "${user}"` })).totalResults;
    await opened(async (open) => {
      for (const email of ["ada@example.com", "u0@x.example", "u1000@x.example"])
        expect(await found(open, email)).toBe(1);
    });
    // what is there is trusted from then on
    direct("DELETE FROM user_keys");
    await opened(async (open) => expect(await found(open, "u1000@x.example")).toBe(0));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
