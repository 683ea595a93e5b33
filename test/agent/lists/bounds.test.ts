/** Lists of large resources and of filters that would scan often: in bounded parts, and complete all the same. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { largestPage } from "../../../agent/directory/lists/page.ts";
import type { Store } from "../../../agent/store/schema.ts";
import { openMemoryStore } from "../../../agent/store/sqlite.ts";
import { addUser, listOf } from "./population.ts";

const count = 60;
const names = Array.from({ length: count }, (_, i) => `u${String(i).padStart(2, "0")}`);
let store: Store;
beforeAll(async () => {
  store = await openMemoryStore("local");
  for (const userName of names)
    await addUser(store, "okta", userName, {
      userName,
      displayName: `d${userName}`,
      nickName: userName.endsWith("7") ? "seven" : "other",
      title: userName.repeat(70_000),
    });
});
afterAll(() => store.destroy());

const namesOf = ({ Resources }: { Resources: object[] }) =>
  Resources.map((one) => (one as { userName: string }).userName);

const queries = [
  {},
  { sortBy: "userName" },
  { sortBy: "nickName" },
  { filter: "nickName pr" },
  { filter: "displayName pr" },
];

test.each(queries)("%o: pages end before they are too large, and none is left out", async (query) => {
  const byIndex: string[] = [];
  for (let pages = 0; byIndex.length < count; pages++) {
    const page = await listOf(store, "user", { ...query, startIndex: String(byIndex.length + 1) });
    expect(page.totalResults).toBe(count);
    expect(page.Resources.length).toBeGreaterThan(0);
    expect(JSON.stringify(page.Resources).length).toBeLessThan(largestPage * 1.1);
    byIndex.push(...namesOf(page));
    expect(pages).toBeLessThan(10);
  }
  const byCursor: string[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const page = await listOf(store, "user", { ...query, cursor });
    expect(page.totalResults).toBe(count);
    byCursor.push(...namesOf(page));
    cursor = page.nextCursor;
  }
  expect(byCursor.toSorted()).toEqual(names);
  expect(byIndex).toEqual(byCursor);
});

test("the first resource has a place, however large it is", async () => {
  const store = await openMemoryStore("local");
  for (const id of ["a", "b"])
    await addUser(store, "okta", id, { userName: id, title: "x".repeat(largestPage) });
  const { totalResults, Resources, nextCursor = "" } = await listOf(store, "user", { cursor: "" });
  expect([totalResults, Resources.length]).toEqual([2, 1]);
  const rest = await listOf(store, "user", { cursor: nextCursor });
  expect([namesOf(rest), rest.nextCursor]).toEqual([["b"], undefined]);
  await store.destroy();
});

test("many comparisons without an index are made one resource after the other, and find the same", async () => {
  const texts: string[] = [];
  const watched = store.withPlugin({
    transformQuery: ({ node, queryId }) => {
      texts.push(store.getExecutor().compileQuery(node, queryId).sql);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const found = async (filter: string) => {
    texts.length = 0;
    return namesOf(await listOf(watched, "user", { filter, attributes: "userName" }));
  };
  const either = (terms: number) =>
    Array.from({ length: terms }, (_, i) => `displayName co "u${String(i).padStart(2, "0")}"`).join(" or ");
  expect(await found(either(3))).toEqual(names.slice(0, 3));
  expect(texts.join()).toContain("instr");
  expect(await found(either(15))).toEqual(names.slice(0, 15));
  expect(texts.join()).not.toContain("instr");
  // what an index finds still narrows it down
  const one = `userName eq "u05" and (${either(10)})`;
  expect(await found(one)).toEqual(["u05"]);
  expect(texts.join()).toMatch(/user_name["`]? = \?/);
  expect(texts.join()).not.toContain("instr");
});
