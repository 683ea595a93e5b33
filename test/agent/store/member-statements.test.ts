/** Members of a large group are looked up by what they are, and nobody else is read for it. */
import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Directory } from "../../../agent/directory/directory.ts";
import type { Store } from "../../../agent/store/schema.ts";
import { openMemoryStore } from "../../../agent/store/sqlite.ts";
import { addGroup, addUser } from "../lists/population.ts";

const ids = Array.from({ length: 1_200 }, (_, i) => `u${String(i).padStart(4, "0")}`);
const half = ids.slice(600);
let store: Store;

beforeAll(async () => {
  store = await openMemoryStore("local");
  for (const id of ids) await addUser(store, "okta", id, { userName: id });
  await addUser(store, "entra", "other", { userName: "other" });
  await addGroup(store, "okta", "g", { displayName: "Team" }, []);
});
afterAll(() => store.destroy());

/** How SQLite runs each statement of some work. */
async function plansOf(work: (directory: Directory) => Promise<unknown>): Promise<string[]> {
  const nodes: RootOperationNode[] = [];
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      nodes.push(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await work(new Directory(store.withPlugin(plugin)));
  const steps: string[] = [];
  for (const node of nodes) {
    const { sql, parameters } = store.getExecutor().compileQuery(node, { queryId: "explained" });
    const explained = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
    const { rows } = await store.executeQuery<{ detail: string }>(explained);
    steps.push(...rows.map(({ detail }) => detail));
  }
  return steps;
}

const change = (add: readonly string[], remove: readonly string[], keepsOthers = true) => ({
  keepsOthers,
  add,
  remove,
  passing: [],
});

test.each<[string, (directory: Directory) => Promise<unknown>]>([
  ["who is added", (d) => d.memberships.change("okta", "g", change([...ids, "other", "nobody"], []))],
  ["who is removed", (d) => d.memberships.change("okta", "g", change([], [...half, "nobody"]))],
  ["who would be removed", (d) => d.memberships.leaving("g", change([], ids))],
  ["who is in it now", (d) => d.memberships.change("okta", "g", change(half, [], false))],
  ["whose accounts they are", (d) => d.users.accountsOf(ids)],
])("%s", async (_, work) => {
  const steps = await plansOf(work);
  expect(steps).not.toEqual([]);
  expect(steps.filter((step) => /^SCAN (?!json_each)|\(connector=\?|\(roster=\?\)/.test(step))).toEqual([]);
});

test("who joins, leaves and is unknown", async () => {
  const { memberships } = new Directory(store);
  await memberships.endOfGroup("g");
  const moved = async (...wanted: Parameters<typeof change>) =>
    memberships.change("okta", "g", change(...wanted));
  expect(await moved([...ids, "other", "nobody"], [])).toEqual({
    ok: true,
    value: { joined: ids, left: [], unknown: ["other", "nobody"] },
  });
  expect(await moved(ids, [])).toMatchObject({ value: { joined: [], left: [] } });
  expect(await moved(half, [], false)).toMatchObject({ value: { joined: [], left: ids.slice(0, 600) } });
  expect(await moved([], [...half, "nobody"])).toMatchObject({ value: { left: half, unknown: ["nobody"] } });
  expect(await memberships.members("g")).toEqual([]);
});
