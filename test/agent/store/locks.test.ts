/** A store that is open stays whole when another process looks into it: the locks of its connections hold. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
  // a store that is there already is opened another way than a new one
  await h.restart();
  await h.deploy(await h.release());
});
afterEach(() => h.stop());

test("whoever closes the store last elsewhere does not take the journal away", async () => {
  const file = join(h.config.data, "store.db");
  const create = (name: string) => h.scim("POST", "/Users", { userName: `${name}@example.com` });
  await create("ada");
  // a thread reads the store, and closes it
  expect((await h.admin("POST", "/impact", { body: { release: null } })).status).toBe(200);
  const journal = statSync(`${file}-wal`).ino;
  const look = `const D = require("libsql"); const d = new D(process.argv[1]); d.prepare("SELECT count(*) FROM users").get(); d.close()`;
  const { status, stderr } = spawnSync(process.execPath, ["-e", look, file], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(statSync(`${file}-wal`).ino).toBe(journal);
  await create("bob");
  const count = `${look.replace(".get();", ".get(); process.stdout.write(JSON.stringify(d.prepare('SELECT count(*) AS n FROM users').get().n));")}`;
  expect(spawnSync(process.execPath, ["-e", count, file], { encoding: "utf8" }).stdout).toBe("2");
});
