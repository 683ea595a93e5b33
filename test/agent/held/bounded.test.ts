/** What is held of a connector is bounded, and a removal is held whatever there is. */
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mostHeld, mostHeldBytes } from "../../../agent/operations/held/bounded.ts";
import { type Harness, startHarness } from "../harness.ts";
import { deactivate, staff } from "../people.ts";
import { decide, deployConstraints, held, holdId, shown, waiting } from "./world.ts";

let h: Harness;
let now: number;
beforeEach(async () => {
  now = Date.parse("2030-01-01T00:00:00Z");
  h = await startHarness(["core/api"], {}, { clock: () => now });
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

/** The store of an agent that does not run. */
function inStore<T>(work: (store: Database.Database) => T): T {
  const store = new Database(join(h.config.data, "store.db"));
  try {
    return work(store);
  } finally {
    store.close();
  }
}
const sizes = () =>
  inStore((store) =>
    store.prepare("SELECT id, state, bytes, length(operation) AS length FROM holds ORDER BY sequence").all(),
  ) as { id: string; state: string; bytes: number; length: number }[];
const looked = held({ require: "!user.userName.startsWith('zoe')" });

test("a provider whose bodies are large fills none either, and keeps nobody in by it", async () => {
  await deployConstraints(h, {});
  const people = await staff(h, { engineering: ["ada", "bob"], "core-team": ["eve"] });
  await deployConstraints(h, {
    looked,
    protect: held({ protect: { users: ["bob"] } }),
    "four-eyes": held({ separate: { groups: ["okta/core-team", "okta/engineering"] } }),
  });
  const big = (n: number) => ({ userName: `zoe${n}@example.com`, title: "z".repeat(100_000) });
  const first = holdId(await h.scim("POST", "/Users", big(0)));
  await h.restart(() => {
    const [row] = sizes();
    // what is counted is what is there
    expect(row?.bytes).toBeGreaterThanOrEqual(row?.length ?? 0);
    expect(row?.length).toBeGreaterThan(100_000);
    inStore((store) => store.prepare("UPDATE holds SET bytes = ?").run(mostHeldBytes - 50_000));
  });
  const second = holdId(await zoe(1));
  const refused = {
    status: 503,
    body: { detail: expect.stringContaining("256 MiB of writes of connector okta are held") },
  };
  expect(await h.scim("POST", "/Users", big(2))).toMatchObject(refused);
  expect((await h.admin("GET", "/audit?last=1")).body.rows[0]).toMatchObject({
    ...{ outcome: "refused", code: "tooManyHeld" },
  });
  // a small one has room yet, and what takes access away is done or held
  holdId(await zoe(3));
  expect((await deactivate(h, people.get("bob"))).status).toBe(409);
  expect((await deactivate(h, people.get("ada"))).status).toBe(200);
  // of one request the removal is done, and no more of it kept
  const { Resources } = (await h.scim("GET", "/Groups")).body;
  const core = Resources.find((one: { displayName: string }) => one.displayName === "core-team").id;
  const crowd = Array.from({ length: 400 }, (_, n) => ({ value: `nobody-${n}` }));
  const members = [{ value: people.get("bob") }, ...crowd];
  const moved = await h.scim("PUT", `/Groups/${core}`, { displayName: "core-team", members });
  expect(moved.status).toBe(200);
  expect((await h.scim("GET", `/Groups/${core}`)).body.members ?? []).toEqual([]);
  expect((await h.admin("GET", "/audit?last=1")).body.rows[0]).toMatchObject({ code: "tooManyHeld" });
  expect((await decide(h, first, "discard")).status).toBe(200);
  expect((await h.scim("POST", "/Users", big(2))).status).toBe(409);
  expect((await shown(h, second)).state).toBe("pending");
});

test("what has ended is bounded by bytes and time, and what waits is not forgotten for it", async () => {
  await deployConstraints(h, { looked });
  const waits = holdId(await zoe(0));
  const ended: string[] = [];
  for (let n = 1; n < 4; n++) {
    ended.push(holdId(await zoe(n)));
    await decide(h, ended.at(-1) ?? "", "discard");
  }
  await h.restart(() =>
    inStore((store) => store.prepare("UPDATE holds SET bytes = ?").run(mostHeldBytes / 4)),
  );
  // with the next one the oldest of them is forgotten
  holdId(await zoe(5));
  const states = () => Promise.all(ended.map(async (hold) => (await shown(h, hold)).state));
  expect(await states()).toEqual([undefined, "discarded", "discarded"]);
  expect((await shown(h, waits)).state).toBe("pending");
  now += 31 * 86_400_000;
  await h.restart();
  expect(await states()).toEqual([undefined, undefined, undefined]);
});
