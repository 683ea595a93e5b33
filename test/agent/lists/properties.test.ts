import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { comparePositions, orderOf, sortKeyAt } from "../../../agent/directory/lists/order.ts";
import { usersTable } from "../../../agent/directory/lists/table.ts";
import type { Store } from "../../../agent/store/schema.ts";
import { openMemoryStore } from "../../../agent/store/sqlite.ts";
import { userType } from "../../../model/scim/user.ts";
import { nodeOf } from "../../../scim/attribute.ts";
import { testOf } from "../../../scim/filter/evaluate.ts";
import { listFilter } from "../../../scim/filter/list-filter.ts";
import type { JsonObject } from "../../../scim/json.ts";
import { isSoak } from "../../long.ts";
import { enterprise } from "../reference/attributes.ts";
import { type Filter, print, selects } from "../reference/filter.ts";
import { addGroup, addUser, connectorOf, listOf } from "./population.ts";

let store: Store;
beforeEach(async () => {
  store = await openMemoryStore("local");
});
afterEach(() => store.destroy());

const word = fc.constantFrom("a", "A", "b", "ab", "Ba", "é", "ÉA", "");
const email = fc.record(
  { value: word, type: fc.constantFrom("work", "Home"), primary: fc.boolean() },
  { requiredKeys: [] },
);
const user = fc.record(
  {
    externalId: word,
    displayName: word,
    title: word,
    active: fc.boolean(),
    name: fc.record({ familyName: word }),
    emails: fc.array(email, { minLength: 1, maxLength: 3 }),
    roles: fc.array(fc.record({ value: word }), { minLength: 1, maxLength: 2 }),
    [enterprise]: fc.record({ manager: fc.record({ value: word }) }),
  },
  { requiredKeys: [] },
);
const time = fc.integer({ min: 0, max: 3 });
const population = fc.array(
  fc.record({ user, created: time, modified: time, groups: fc.subarray(["g0", "g1"]) }),
  {
    maxLength: 12,
  },
);

interface Person {
  readonly user: object;
  readonly created: number;
  readonly modified: number;
  readonly groups: readonly string[];
}

async function populate(people: readonly Person[]) {
  for (const table of ["users", "groups", "members", "user_keys"] as const)
    await store.deleteFrom(table).execute();
  for (const [index, { user, created, modified }] of people.entries())
    await addUser(
      store,
      index % 4 === 3 ? "other" : "okta",
      `u${index}`,
      { ...user, userName: `${"aAbB"[index % 4]}${index}` } as JsonObject & { userName: string },
      { created, modified },
    );
  for (const id of ["g0", "g1"]) {
    const members = people.flatMap(({ groups }, index) => (groups.includes(id) ? [`u${index}`] : []));
    await addGroup(store, "okta", id, { displayName: `Team-${id}` }, members);
  }
}
const comparison = fc.constantFrom("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le");
const compare = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<Filter> =>
  fc.oneof(
    { arbitrary: fc.record({ op: comparison, name, value }), weight: 4 },
    fc.record({ op: fc.constant("pr" as const), name }),
    fc.record({ op: fc.constantFrom("eq", "ne"), name, value: fc.constant(null) }),
  );
const textLeaf = compare(
  fc.constantFrom(
    ...["userName", "externalId", "displayName", "title", "name.familyName", "emails", "emails.value"],
    ...["emails.type", "roles.value", `${enterprise}:manager.value`],
  ),
  word,
);
const ids = fc.constantFrom("u0", "u1", "u2", "g0", "g1", "u3");
const leaf = fc.oneof(
  { arbitrary: textLeaf, weight: 4 },
  compare(fc.constantFrom("id", "groups", "groups.value"), ids),
  fc.record({
    op: fc.constantFrom("eq", "ne", "gt", "ge", "lt", "le"),
    name: fc.constantFrom("meta.created", "meta.lastModified"),
    value: time.map((ms) => new Date(ms).toISOString()),
  }),
  fc.record({ op: fc.constantFrom("eq", "ne"), name: fc.constant("active"), value: fc.boolean() }),
);
const tree = (leaf: fc.Arbitrary<Filter>, maxDepth: number) =>
  fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth, depthSize: "small" },
      leaf,
      fc.record({ op: fc.constantFrom("and", "or"), left: tie("filter"), right: tie("filter") }),
      fc.record({ op: fc.constant("not" as const), inner: tie("filter") }),
    ),
  })).filter;
const valuePath: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({
    op: fc.constant("[]" as const),
    name: fc.constant("emails"),
    inner: tree(
      fc.oneof(
        compare(fc.constant("value"), word),
        compare(fc.constant("type"), fc.constantFrom("work", "home")),
      ),
      2,
    ),
  }),
  fc.record({
    op: fc.constant("[]" as const),
    name: fc.constant("groups"),
    inner: compare(fc.constant("value"), ids),
  }),
);
const filter = fc.oneof(tree(fc.oneof({ arbitrary: leaf, weight: 5 }, valuePath), 3), valuePath);

const idsOf = (resources: readonly JsonObject[]) => resources.map(({ id }) => id);

test("what SQL finds, and what the rest of the filter leaves, is what the filter says", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      population,
      fc.array(filter, { minLength: 1, maxLength: 20 }),
      async (people, filters) => {
        await populate(people);
        const everybody = (await listOf(store, "user", {})).Resources;
        expect(everybody).toHaveLength(people.filter((_, index) => index % 4 !== 3).length);
        for (const one of filters) {
          const text = print(one);
          const expected = everybody.filter((resource) => selects("User", one, resource));
          const bound = listFilter(userType, text);
          if (!bound.ok) throw new Error(bound.error.detail);
          // by the reference model, by the whole filter on JSON, and by way of the store
          expect(idsOf(everybody.filter(testOf(bound.value))), text).toEqual(idsOf(expected));
          const found = await listOf(store, "user", { filter: text });
          expect(idsOf(found.Resources), text).toEqual(idsOf(expected));
          expect(found.totalResults, text).toBe(expected.length);
        }
      },
    ),
    { numRuns: isSoak ? 2_000 : 60 },
  );
});

const sortBy = fc.constantFrom(
  undefined,
  ...["id", "userName", "externalId", "meta.created", "meta.lastModified", "title", "active"],
  ...["name.familyName", "emails", "emails.type", "groups.value"],
);
const direction = fc.constantFrom(undefined, "ascending", "Descending");

test("pages and cursors each tile the sorted list", { timeout: 120_000 }, async () => {
  const ask = fc.record({
    sortBy,
    direction,
    count: fc.integer({ min: 1, max: 5 }),
    filter: fc.option(filter),
  });
  await fc.assert(
    fc.asyncProperty(population, fc.array(ask, { minLength: 1, maxLength: 8 }), async (people, asks) => {
      await populate(people);
      const everybody = (await listOf(store, "user", {})).Resources;
      for (const { sortBy, direction, count, filter } of asks) {
        const query = {
          ...(sortBy && { sortBy }),
          ...(direction && { sortOrder: direction }),
          ...(filter && { filter: print(filter) }),
        };
        const matches = everybody.filter((resource) => !filter || selects("User", filter, resource));
        const expected = idsOf(sorted(matches, sortBy, direction));
        const message = JSON.stringify(query);

        const pages: JsonObject[] = [];
        for (let startIndex = 1; startIndex <= expected.length + 1; startIndex += count) {
          const page = await listOf(store, "user", {
            ...query,
            startIndex: `${startIndex}`,
            count: `${count}`,
          });
          expect(page.totalResults, message).toBe(expected.length);
          pages.push(...page.Resources);
        }
        expect(idsOf(pages), message).toEqual(expected);

        const traversed: JsonObject[] = [];
        let pagesOfCursors = 0;
        for (let cursor: string | undefined = ""; cursor !== undefined; ) {
          const page = await listOf(store, "user", { ...query, cursor, count: `${count}` });
          expect(page.totalResults, message).toBe(expected.length);
          // every page but the last is full
          expect(page.Resources.length, message).toBe(Math.min(count, expected.length - traversed.length));
          traversed.push(...page.Resources);
          cursor = page.nextCursor;
          pagesOfCursors += 1;
        }
        expect(idsOf(traversed), message).toEqual(expected);
        expect(pagesOfCursors, message).toBe(Math.max(1, Math.ceil(expected.length / count)));
      }
    }),
    { numRuns: isSoak ? 2_000 : 40 },
  );
});

/** All at once, in memory. */
function sorted(resources: readonly JsonObject[], sortBy: string | undefined, direction: string | undefined) {
  const order = orderOf(nodeOf(userType), usersTable, sortBy, direction);
  if (!order.ok) throw new Error(order.error.detail);
  const { place } = order.value;
  return resources
    .map((resource, sequence) => ({ resource, sequence, key: place ? sortKeyAt(place, resource) : null }))
    .sort((left, right) =>
      place ? comparePositions(left, right, order.value) : left.sequence - right.sequence,
    )
    .map(({ resource }) => resource);
}

test("who is there during a whole traversal is seen once, whatever else is written meanwhile", async () => {
  const change = fc.record({ add: fc.integer({ min: 0, max: 2 }), remove: fc.nat(30) });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 12, maxLength: 12 }), async (changes) => {
      await populate([]);
      for (let i = 0; i < 20; i++) await addUser(store, "okta", `s${i}`, { userName: `m${i}` });
      const stayed = new Set(Array.from({ length: 20 }, (_, i) => `s${i}`));
      const seen: unknown[] = [];
      let added = 0;
      for (let cursor: string | undefined = ""; cursor !== undefined; ) {
        const page = await listOf(
          store,
          "user",
          { cursor, sortBy: "userName", filter: "active eq true" },
          connectorOf("okta", 3),
        );
        seen.push(...idsOf(page.Resources));
        cursor = page.nextCursor;
        const { add, remove } = changes.pop() ?? { add: 0, remove: -1 };
        for (let i = 0; i < add; i++, added++)
          await addUser(store, "okta", `n${added}`, { userName: `${"az"[i]}${added}` });
        await store.deleteFrom("users").where("id", "=", `s${remove}`).execute();
        stayed.delete(`s${remove}`);
      }
      expect(new Set(seen).size).toBe(seen.length);
      for (const id of stayed) expect(seen).toContain(id);
    }),
    { numRuns: 20 },
  );
});

test("text is compared by code points, in the store as on JSON", async () => {
  const words = [
    "",
    "a",
    "a\u{1f600}",
    "a\uff61",
    "\ud7ff",
    "\ue000",
    "\u{10ffff}",
    "a\u{10ffff}b",
    "Ǆ",
    "Σς",
  ];
  for (const [index, displayName] of words.entries())
    await addUser(store, "okta", `u${index}`, { userName: `n${displayName}`, displayName });
  const everybody = (await listOf(store, "user", {})).Resources;
  for (const op of ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
    for (const word of words)
      for (const filter of [
        `displayName ${op} ${JSON.stringify(word)}`,
        `userName ${op} ${JSON.stringify(`n${word}`)}`,
      ]) {
        const bound = listFilter(userType, filter);
        if (!bound.ok) throw new Error(bound.error.detail);
        const found = (await listOf(store, "user", { filter })).Resources;
        expect(idsOf(found), filter).toEqual(idsOf(everybody.filter(testOf(bound.value))));
      }
  const byStore = await listOf(store, "user", { sortBy: "userName" });
  const byAgent = await listOf(store, "user", { sortBy: "displayName" });
  expect(idsOf(byStore.Resources)).toEqual(idsOf(byAgent.Resources));
});
