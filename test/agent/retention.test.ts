/** The audit is as long as the host's configuration says, and nobody waits for what is forgotten of it. */
import { afterEach, expect, test } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { eventually } from "./held/world.ts";
import { staff } from "./people.ts";
import { change } from "./store/file.ts";

const day = 86_400_000;
const start = Date.UTC(2026, 0, 5, 10);
let h: Harness;
afterEach(() => h.stop());

const audit = async () => (await h.admin("GET", "/audit?after=0")).body.rows;
const file = () => `${h.config.data}/store.db`;
/** Puts so many rows before all others, which are numbered behind them. */
const past = (count: number, at: number) => `
  UPDATE audit SET sequence = -sequence - ${count};
  UPDATE audit SET sequence = -sequence;
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
  INSERT INTO audit (sequence, at, actor, operation, target, outcome, detail)
    SELECT i, ${at}, 'okta', 'user.update', 'user/' || i, 'done', '' FROM n`;

test("what is older is forgotten, while others write; what is not, and the newest row, stay", async () => {
  h = await startHarness(["core/api"], { retention: { audit: "30d" } }, { clock: () => start });
  const digest = await h.deploy(await h.release());
  await staff(h, { engineering: ["ada"] });
  const before = await audit();
  const access = h.accessFile();
  await h.restart(() => change(file(), past(2_400, start - 31 * day)));
  expect((await h.scim("POST", "/Users", { userName: "bob@example.com", active: true })).status).toBe(201);
  const rows = await eventually(audit, (found) => found[0].sequence > 2400);
  const told = ({ operation, target }: Record<string, string>) => `${operation} ${target}`;
  expect(rows.map(told).slice(0, before.length)).toEqual(before.map(told));
  expect(rows.at(-1)).toMatchObject({ operation: "user.create", outcome: "done" });
  // nothing but the audit is other than it was
  expect((await h.admin("GET", "/release")).body.digest).toBe(digest);
  expect((await h.admin("GET", "/health")).body.conditions).toEqual([]);
  expect(h.accessFile()).toMatchObject({ memberships: access.memberships, accounts: ["ada,1", "bob,1"] });
});

test("a store of which all is old keeps its newest row, by which it is no copy from before", async () => {
  h = await startHarness(["core/api"], { retention: { audit: "30d" } }, { clock: () => start });
  await h.deploy(await h.release());
  await staff(h, { engineering: ["ada"] });
  const newest = (await audit()).at(-1).sequence;
  await h.restart(() => change(file(), `UPDATE audit SET at = ${start - 40 * day}`));
  expect(await eventually(audit, (rows) => rows.length === 1)).toMatchObject([{ sequence: newest }]);
  await h.restart();
  expect((await h.admin("GET", "/health")).body.conditions).toEqual([]);
});

test("without retention nothing of the audit is forgotten", async () => {
  h = await startHarness(["core/api"], {}, { clock: () => start });
  await h.deploy(await h.release());
  await staff(h, { engineering: ["ada"] });
  const before = await audit();
  await h.restart(() => change(file(), `UPDATE audit SET at = ${start - 4000 * day}`));
  expect(await audit()).toHaveLength(before.length);
});
