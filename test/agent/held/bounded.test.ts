/** What is held of a connector is bounded, and a removal is held whatever there is. */
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mostHeld } from "../../../agent/operations/held/bounded.ts";
import { type Harness, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { decide, deployConstraints, held, holdId, waiting } from "./world.ts";

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api"]);
});
afterEach(() => h.stop());

const zoe = (n: number) => h.scim("POST", "/Users", { userName: `zoe${n}@example.com` });

test("a provider that asks for ever other things fills no disk", async () => {
  await deployConstraints(h, {});
  const people = await staff(h, { engineering: ["ada", "bob"] });
  await deployConstraints(h, {
    looked: held({ require: "!user.userName.startsWith('zoe')" }),
    protect: held({ protect: { users: ["bob"] } }),
  });
  const first = holdId(await zoe(0));
  await h.restart(() => {
    const store = new Database(join(h.config.data, "store.db"));
    const [row] = store.prepare("SELECT * FROM holds").all() as Record<string, unknown>[];
    const columns = Object.keys(row ?? {}).filter(
      (name) => !["sequence", "id", "place", "name"].includes(name),
    );
    store.exec(`WITH RECURSIVE n(i) AS (VALUES(2) UNION ALL SELECT i + 1 FROM n WHERE i < ${mostHeld})
      INSERT INTO holds (id, place, name, ${columns.join(", ")})
      SELECT 'h' || i, 'p' || i, 'n' || i, ${columns.join(", ")} FROM holds, n`);
    store.close();
  });
  const refused = {
    status: 503,
    body: { detail: expect.stringContaining("20000 writes of connector okta are held") },
  };
  expect(await zoe(1)).toMatchObject(refused);
  // a repeat is no new one, and a removal is kept
  expect(holdId(await zoe(0))).toBe(first);
  expect((await deactivate(h, people.get("bob"))).status).toBe(409);
  expect((await deactivate(h, people.get("ada"))).status).toBe(200);
  expect((await decide(h, first, "discard")).status).toBe(200);
  expect((await waiting(h)).length).toBeGreaterThan(0);
  // the removal took the place of the one that was decided
  expect(await zoe(2)).toMatchObject(refused);
  expect((await decide(h, "h2", "discard")).status).toBe(200);
  expect((await zoe(2)).status).toBe(409);
});
