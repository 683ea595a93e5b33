import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Query } from "../../../agent/scim/call.ts";
import type { Store } from "../../../agent/store/schema.ts";
import { openMemoryStore } from "../../../agent/store/sqlite.ts";
import { addGroup, addUser, listOf } from "./population.ts";

let store: Store;
const id = "0a6c1d0e-0000-4000-8000-000000000001";
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

beforeAll(async () => {
  store = await openMemoryStore("local");
  for (let i = 0; i < 20; i++) await addUser(store, "okta", i === 0 ? id : `u${i}`, { userName: `ann${i}` });
  await addGroup(store, "okta", "g", { displayName: "Team" }, [id, "u1"]);
});
afterAll(() => store.destroy());

/** How SQLite runs each statement of a list. */
async function plansOf(kind: "user" | "group", query: Query): Promise<string[]> {
  const nodes: RootOperationNode[] = [];
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      nodes.push(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await listOf(store.withPlugin(plugin), kind, query);
  const steps: string[] = [];
  for (const node of nodes) {
    const { sql, parameters } = store.getExecutor().compileQuery(node, { queryId: "explained" });
    const explained = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]);
    const { rows } = await store.executeQuery<{ detail: string }>(explained);
    steps.push(...rows.map(({ detail }) => detail));
  }
  return steps;
}

const where = "connector=\\? AND ";
const filters: [kind: "user" | "group", filter: string, index: RegExp][] = [
  ["user", 'userName eq "ANN1"', new RegExp(`users_name \\(${where}user_name=\\?`)],
  ["user", 'userName sw "ann1"', new RegExp(`users_name \\(${where}user_name>\\? AND user_name<\\?`)],
  ["user", 'externalId eq "x"', new RegExp(`users_external_id \\(${where}external_id=\\?`)],
  ["user", 'emails[type eq "work"].value eq "x"', /user_keys_value \(attribute=\? AND value=\?/],
  ["user", 'emails[type eq "work" and value eq "x"]', /user_keys_value \(attribute=\? AND value=\?/],
  ["user", 'emails.value eq "x"', /user_keys_value \(attribute=\? AND value=\?/],
  ["user", 'displayName eq "x"', /user_keys_value \(attribute=\? AND value=\?/],
  ["user", `${enterprise}:employeeNumber eq "7"`, /user_keys_value \(attribute=\? AND value=\?/],
  ["user", `id eq "${id}" and ${enterprise}:manager eq "7"`, /sqlite_autoindex_users_\d \(id=\?/],
  ["user", 'groups.value eq "g"', /members .*\(roster=\?/],
  [
    "user",
    'meta.lastModified gt "2020-01-01T00:00:00Z"',
    new RegExp(`users_modified \\(${where}modified>\\?`),
  ],
  [
    "user",
    'meta.lastModified ge "2020-01-01T00:00:00Z" and active eq false',
    new RegExp(`users_modified \\(${where}modified>\\?`),
  ],
  ["group", 'displayName eq "team"', new RegExp(`groups_name \\(${where}display_name=\\?`)],
  ["group", 'externalId eq "x"', new RegExp(`groups_external_id \\(${where}external_id=\\?`)],
  ["group", `id eq "g" and members eq "${id}"`, /sqlite_autoindex_groups_\d \(id=\?/],
  ["group", `members.value eq "${id}"`, /members_user \(user_id=\?/],
  ["group", `members[value eq "${id}"]`, /members_user \(user_id=\?/],
  [
    "group",
    'meta.lastModified gt "2020-01-01T00:00:00Z"',
    new RegExp(`groups_modified \\(${where}modified>\\?`),
  ],
];

describe("an index answers", () => {
  test.each(filters)("for a %s: %s", async (kind, filter, index) => {
    for (const query of [{ filter }, { filter, cursor: "", count: "1" }, { filter, count: "0" }]) {
      const steps = await plansOf(kind, query);
      expect(steps.join("\n")).toMatch(index);
      // nor all that the connector has, nor all in the order of creation
      expect(steps.filter((step) => /^SCAN|\(connector=\?\)|rowid>|\(user_id=\? AND/.test(step))).toEqual([]);
    }
  });

  test.each([
    ["the whole list", {}, "users_connector (connector=?)"],
    ["a page far down", { startIndex: "19", count: "1" }, "users_connector (connector=?)"],
    [
      "a sorted page",
      { sortBy: "meta.lastModified", sortOrder: "descending" },
      "users_modified (connector=?)",
    ],
    ["a page sorted by name", { sortBy: "userName", startIndex: "9" }, "(connector=?)"],
  ])("for %s: rows that are passed by are not read", async (_, query, index) => {
    const steps = await plansOf("user", query);
    // the chosen rows by their number, found in an index that has all that it takes
    expect(steps).toContain("SEARCH users USING INTEGER PRIMARY KEY (rowid=?)");
    expect(steps.filter((step) => step.includes("USING COVERING INDEX")).join()).toContain(index);
    expect(steps.filter((step) => step.startsWith("SCAN"))).toEqual([]);
  });

  test("where a cursor goes on", async () => {
    for (const [sortBy, step] of [
      ["userName", /users_name \(connector=\? AND user_name>\?\)/],
      ["meta.created", /users_created \(connector=\? AND created>\?\)/],
      [undefined, /users_connector \(connector=\? AND rowid>\?\)/],
    ] as const) {
      const query = { cursor: "", count: "5", excludedAttributes: "groups", ...(sortBy && { sortBy }) };
      const { nextCursor = "" } = await listOf(store, "user", query);
      const steps = (await plansOf("user", { ...query, cursor: nextCursor })).join("\n");
      expect(steps).toMatch(step);
      expect(steps).not.toMatch(/SCAN|TEMP B-TREE/);
    }
  });
});
