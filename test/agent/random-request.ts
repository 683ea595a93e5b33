/** Requests made by chance from what providers send and what attackers do, whole, slow, in chunks or cut off. */
import fc from "fast-check";
import type { Delivery } from "./delivery.ts";
import { randomFilter } from "./random-filter.ts";
import { name, one, op, path, simple, text, value } from "./random-value.ts";

/** What is there to be asked for; requests are about what it holds when they are made. */
export interface Known {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly cursors: readonly string[];
}

const someone = fc.record({
  userName: fc.nat({ max: 2_000 }).map((i) => `user${i}@example.com`),
  active: fc.boolean(),
});
const nested = fc
  .tuple(one(30, 100, 5_000), one(["[", "]"], ['{"name":', "}"], ['[{"value":', "}]"]))
  .map(([depth, [open, close]]) => `{"userName":"x","name":${open?.repeat(depth)}1${close?.repeat(depth)}}`);

const header = one(
  ...["Content-Type: application/scim+json", "Content-Type: application/json; charset=utf-8"],
  ...["Content-Type: application/scim+json", "Content-Type: text/plain", "Content-Type: application/json;"],
  ...[
    'If-Match: "1"',
    'If-Match: W/"1"',
    "If-Match: *",
    "If-Match: W/",
    'If-Match: W/"1", "2" ,,',
    "If-Match:",
  ],
  ...['If-None-Match: W/"1"', "If-None-Match: *", 'If-None-Match: "a', 'If-None-Match: "\xff"'],
  ...[`If-Match: ${'"1",'.repeat(1_000)}`, "If-Match: __proto__", "If-Modified-Since: yesterday"],
  ...[
    "Content-Encoding: gzip",
    "Accept: text/html",
    "X-HTTP-Method-Override: DELETE",
    "Expect: 100-continue",
  ],
  ...["Range: bytes=0-", "Prefer: respond-async", "X-Forwarded-For: 10.0.0.1", "Cookie: \x80=\xff"],
);

const authorization = fc.oneof(
  { arbitrary: one("right"), weight: 12 },
  { arbitrary: one("", "Bearer wrong", "Basic YTpi", "Bearer", "Bearer a.b.c"), weight: 1 },
);

/** How a request arrives. */
const way = {
  isChunked: fc.nat({ max: 4 }).map((n) => n === 0),
  isSlow: fc.nat({ max: 9 }).map((n) => n === 0),
  part: fc.oneof(
    { arbitrary: fc.constant(1), weight: 12 },
    { arbitrary: fc.double({ min: 0, max: 1, noNaN: true }), weight: 1 },
  ),
};

/** All requests. */
export function randomRequest({ users, groups, cursors }: Known): fc.Arbitrary<Delivery> {
  const pick = (from: readonly string[], index: number) => from[index % from.length] ?? "nobody";
  const member = fc.nat({ max: 20 }).map((index) => ({ value: pick(users, index) }));
  const operation = fc.oneof(
    fc.record({ op, path, value }, { requiredKeys: [] }),
    fc.record({
      op: one("add", "remove", "replace"),
      path: one("members"),
      value: fc.array(member, { maxLength: 3 }),
    }),
    fc.record({ op: one("replace"), path: one("active"), value: one<unknown>(true, false, "False") }),
    fc.record({
      op: one("replace"),
      path: one("displayName"),
      value: one("core-team", "docs-team", "lunch", "engineering"),
    }),
  );
  const someGroup = fc.record({
    displayName: one("core-team", "docs-team", "lunch", "engineering", "release-managers", "tea"),
    members: fc.array(member, { maxLength: 4 }),
  });
  const patch = fc.record({ Operations: fc.array(operation, { minLength: 1, maxLength: 3 }) });
  const cursor = fc.oneof(
    fc.nat({ max: 20 }).map((index) => pick(cursors, index)),
    text,
  );
  const parameters: [string, fc.Arbitrary<unknown>][] = [
    ["filter", randomFilter],
    ["sortBy", name],
    ["sortOrder", one("ascending", "descending", "DESCENDING", "up", "")],
    ["startIndex", one("1", "2", "0", "-1", "1e9", "9007199254740993", "one")],
    ["count", one("1", "2", "100", "0", "-1", "1e9", "all", "")],
    ["cursor", cursor],
    ["attributes", fc.array(name, { maxLength: 4 })],
    ["excludedAttributes", fc.array(name, { maxLength: 4 })],
    ["__proto__", text],
    ["constructor", text],
  ];
  const parameter = fc.oneof(
    ...parameters.map(([key, likely]) =>
      fc.tuple(one(key), fc.oneof({ arbitrary: likely, weight: 5 }, text)),
    ),
  );
  const query = fc
    .array(parameter, { maxLength: 3 })
    .map((pairs) =>
      pairs
        .map(
          ([key, value]) =>
            `${key}=${encodeURIComponent(String(value).replace(/\p{Surrogate}/gu, "?")).slice(0, 14_000)}`,
        )
        .join("&"),
    );
  const search = fc.record(
    {
      schemas: one<unknown>(["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], [], "x"),
      filter: randomFilter,
      sortBy: fc.oneof(name, simple),
      sortOrder: one<unknown>("ascending", "descending", 1),
      startIndex: simple,
      count: fc.oneof(one<unknown>(1, 2, 100), simple),
      cursor,
      attributes: fc.oneof(fc.array(name, { maxLength: 4 }), value),
      excludedAttributes: value,
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    value,
    patch,
    someone,
    someGroup,
    search,
    fc.record({ userName: text, active: simple, emails: value, name: value }, { requiredKeys: ["userName"] }),
    fc.record({ displayName: text, members: value }, { requiredKeys: ["displayName"] }),
  );
  /** JSON, now and then with a mistake in it. */
  const bodyText = fc.oneof(
    {
      arbitrary: fc
        .tuple(
          body,
          fc.double({ min: 0, max: 1, noNaN: true }),
          one("", "", "", "", "", "}", "\0", "[[", ",", '"', "\\", "\uf7ff", "\uf7c3", '"__proto__":{},'),
        )
        .map(([data, place, mistake]) => {
          const json = JSON.stringify(data);
          const at = Math.floor(place * json.length);
          return mistake === "" ? json : json.slice(0, at) + mistake + json.slice(at);
        }),
      weight: 15,
    },
    { arbitrary: nested, weight: 1 },
  );
  const target = fc.oneof(
    fc
      .tuple(one("Users", "Groups"), fc.nat({ max: 40 }))
      .map(([type, index]) => `/${type}/${pick(type === "Users" ? users : groups, index)}`),
    one("/Users", "/Groups", "/Users/.search", "/Groups/.search", "/.search", "/Users"),
    one(
      ...["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/ResourceTypes/User", "/Me", "/Bulk"],
      ...["/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "/Schemas/__proto__", "/Schemas/urn:%zz"],
      ...["/Users/", "/Users/nobody", "/Groups/%zz", "/Users/%00", "/Users/x/y", "/__proto__", "", "/.."],
    ),
  );
  const chaos = fc.record({
    method: one("GET", "POST", "PUT", "PATCH", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS"),
    ...{ target, query, headers: fc.array(header, { maxLength: 3 }), body: bodyText, authorization },
    ...way,
  });
  const typed = fc.constant(["Content-Type: application/scim+json"]);
  /** What asks for a list, in both ways. */
  const asking = fc.oneof(
    fc.record({
      ...{ method: one("GET"), target: one("/Users", "/Groups", "/"), query, headers: typed, body: one("") },
      ...{ authorization: one("right"), ...way },
    }),
    fc.record({
      ...{
        method: one("POST"),
        target: one("/Users/.search", "/Groups/.search", "/.search"),
        query: one(""),
      },
      ...{ headers: typed, body: search.map((data) => JSON.stringify(data)), authorization: one("right") },
      ...way,
    }),
  );
  /** What a provider may well send. */
  const plausible = fc
    .oneof(
      fc.record({ method: one("POST"), type: one("Users"), data: someone, isOne: one(false) }),
      fc.record({ method: one("POST"), type: one("Groups"), data: someGroup, isOne: one(false) }),
      fc.record({ method: one("PUT"), type: one("Users"), data: someone, isOne: one(true) }),
      fc.record({ method: one("PUT"), type: one("Groups"), data: someGroup, isOne: one(true) }),
      fc.record({ method: one("PATCH"), type: one("Users", "Groups"), data: patch, isOne: one(true) }),
      fc.record({
        ...{ method: one("GET", "DELETE"), type: one("Users", "Groups") },
        ...{ data: one(undefined), isOne: one(true) },
      }),
    )
    .chain(({ method, type, data, isOne }) =>
      fc.record({
        method: one(method),
        target: fc
          .nat({ max: 40 })
          .map((index) =>
            isOne ? `/${type}/${pick(type === "Users" ? users : groups, index)}` : `/${type}`,
          ),
        ...{ query: one(""), headers: typed, body: one(data === undefined ? "" : JSON.stringify(data)) },
        ...{ authorization: one("right"), ...way },
      }),
    );
  return fc.oneof(
    { arbitrary: chaos, weight: 5 },
    { arbitrary: asking, weight: 2 },
    { arbitrary: plausible, weight: 3 },
  );
}
