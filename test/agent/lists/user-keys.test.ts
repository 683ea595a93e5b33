import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { type OpenStore, openStore } from "../../../agent/store/sqlite.ts";
import { type Harness, startHarness } from "../harness.ts";
import { addUser, listOf } from "./population.ts";

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
  const reopened = async (work: (open: OpenStore) => Promise<void>) => {
    const open = await openStore(folder, "local");
    await work(open);
    await open.close();
  };
  const direct = (statement: string) => {
    const database = new Database(join(folder, "store.db"));
    database.exec(statement);
    database.close();
  };
  try {
    await reopened(async ({ store }) => {
      for (let i = 0; i < 1_001; i++)
        await addUser(store, "okta", `u${i}`, { userName: `u${i}`, emails: [{ value: `U${i}@x.example` }] });
    });
    direct("DROP TABLE user_keys; DELETE FROM meta WHERE key = 'user_keys'");
    const found = async ({ reads }: OpenStore) =>
      (await listOf(reads, "user", { filter: 'emails.value eq "u1000@x.example"' })).totalResults;
    await reopened(async (open) => expect(await found(open)).toBe(1));
    // what is there is trusted from then on
    direct("DELETE FROM user_keys");
    await reopened(async (open) => expect(await found(open)).toBe(0));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
