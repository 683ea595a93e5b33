/**
 * Requests made by chance from what providers send and what attackers do: none is a failure of the agent, what is refused
 * changes nothing, and enforcement stays what the store says.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { exchange, requestText, stateOf } from "./wire.ts";

const runs = process.env.HGSCIM_SOAK ? 10_000 : 300;

let h: Harness;
const users: string[] = [];
const groups: string[] = [];
beforeAll(async () => {
  h = await startHarness(["core/api", "docs"], { scim: { listen: "127.0.0.1:0", tls: "off" } });
  await h.deploy(await h.release());
  for (const name of ["ada", "bob", "eve"])
    users.push((await h.scim("POST", "/Users", { userName: `${name}@example.com` })).body.id);
  for (const displayName of ["core-team", "engineering", "lunch"])
    groups.push((await h.scim("POST", "/Groups", { displayName, members: users })).body.id);
});
afterAll(() => h.stop());

/** A value by its number in a list; so that the numbers of a counterexample can shrink. */
const one = <T>(...values: T[]) => fc.constantFrom(...values);

const name = one(
  ...[
    "userName",
    "USERNAME",
    "active",
    "name",
    "name.givenName",
    "emails",
    "emails.value",
    "title",
    "externalId",
    "id",
    "meta",
  ],
  ...[
    "displayName",
    "members",
    "groups",
    "schemas",
    "password",
    "roles",
    "value",
    "type",
    "primary",
    "$ref",
    "op",
    "path",
    "Operations",
  ],
  ...[
    'emails[type eq "work"].value',
    'members[value eq "x"]',
    "emails[",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  ],
  ...[
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "",
  ],
);
const text = fc.oneof(
  one(
    "ada@example.com",
    "new@example.com",
    "x@evil.example",
    "core-team",
    "docs-team",
    "True",
    "false",
    "",
    " ",
    "\0",
    "\ud800",
    "é",
    "a".repeat(3_000),
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const simple = fc.oneof(text, one<unknown>(null, true, false, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER));
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    simple,
    fc.array(tie("value"), { maxLength: 4 }),
    // as JSON.parse makes objects: "__proto__" is a key of its own
    fc
      .array(fc.tuple(name, tie("value")), { maxLength: 5 })
      .map((entries) =>
        JSON.parse(
          `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one)}`).join(",")}}`,
        ),
      ),
  ),
})).value;

const op = one("add", "replace", "remove", "Add", "REMOVE", "move", "");
const path = fc.oneof(
  name,
  one(
    'emails[type eq "work"]',
    "emails[primary eq true].value",
    'emails[type pr and value co "x"]',
    'members[value eq "1"]',
    "(".repeat(500),
  ),
  fc.string({ maxLength: 12 }),
);
const member = fc.nat({ max: 20 }).map((index) => ({ value: users[index % users.length] ?? "nobody" }));
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
const someone = fc.record({
  userName: fc.nat({ max: 10_000 }).map((i) => `user${i}@example.com`),
  active: fc.boolean(),
});
const someGroup = fc.record({
  displayName: one("core-team", "docs-team", "lunch", "engineering", "release-managers", "tea"),
  members: fc.array(member, { maxLength: 4 }),
});
const patch = fc.record({ Operations: fc.array(operation, { minLength: 1, maxLength: 3 }) });
const body = fc.oneof(
  value,
  patch,
  someone,
  someGroup,
  fc.record({ userName: text, active: simple, emails: value, name: value }, { requiredKeys: ["userName"] }),
  fc.record({ displayName: text, members: value }, { requiredKeys: ["displayName"] }),
);
/** JSON, now and then with a mistake in it. */
const bodyText = fc
  .tuple(
    body,
    fc.double({ min: 0, max: 1, noNaN: true }),
    one("", "", "", "", "}", "\0", "[[", ",", '"', "\\"),
  )
  .map(([data, place, mistake]) => {
    const json = JSON.stringify(data);
    const at = Math.floor(place * json.length);
    return mistake === "" ? json : json.slice(0, at) + mistake + json.slice(at);
  });

const target = fc.oneof(
  fc.tuple(one("Users", "Groups"), fc.nat({ max: 40 })).map(([type, index]) => {
    const ids = type === "Users" ? users : groups;
    return `/${type}/${ids[index % ids.length]}`;
  }),
  one(
    "/Users",
    "/Groups",
    "/Users/",
    "/Users/nobody",
    "/Groups/%zz",
    "/Users/%00",
    "/Bulk",
    "/Users/x/y",
    "/__proto__",
    "",
    "/..",
  ),
);
const query = fc
  .array(
    fc.tuple(
      one("filter", "count", "startIndex", "attributes", "excludedAttributes", "__proto__", "sortBy"),
      fc.oneof(text, one('userName eq "ada@example.com"', "members", "-1", "0", "1e9")),
    ),
    { maxLength: 3 },
  )
  .map((parameters) =>
    parameters
      .map(([key, one]) => `${key}=${encodeURIComponent(one.replace(/\p{Surrogate}/gu, "?"))}`)
      .join("&"),
  );
const header = one(
  "Content-Type: application/scim+json",
  "Content-Type: application/json; charset=utf-8",
  "Content-Type: application/scim+json",
  "Content-Type: text/plain",
  'If-Match: "1"',
  "Content-Encoding: gzip",
  "Accept: text/html",
  "X-HTTP-Method-Override: DELETE",
);
const chaos = fc.record({
  method: one("GET", "POST", "PUT", "PATCH", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS"),
  target,
  query,
  headers: fc.array(header, { maxLength: 2 }),
  body: bodyText,
  isAuthorized: fc.nat({ max: 9 }).map((n) => n > 0),
});
/** What a provider may well send. */
const plausible = fc
  .tuple(
    fc.nat({ max: 40 }),
    fc.oneof(
      fc.record({ method: one("POST"), type: one("Users"), data: someone, isOne: one(false) }),
      fc.record({ method: one("POST"), type: one("Groups"), data: someGroup, isOne: one(false) }),
      fc.record({ method: one("PUT"), type: one("Users"), data: someone, isOne: one(true) }),
      fc.record({ method: one("PUT"), type: one("Groups"), data: someGroup, isOne: one(true) }),
      fc.record({ method: one("PATCH"), type: one("Users", "Groups"), data: patch, isOne: one(true) }),
      fc.record({
        method: one("GET", "DELETE"),
        type: one("Users", "Groups"),
        data: one(undefined),
        isOne: one(true),
      }),
    ),
  )
  .map(([index, { method, type, data, isOne }]) => {
    const ids = type === "Users" ? users : groups;
    return {
      method,
      target: `/${type}${isOne ? `/${ids[index % ids.length]}` : ""}`,
      query: "",
      headers: ["Content-Type: application/scim+json"],
      body: data === undefined ? "" : JSON.stringify(data),
      isAuthorized: true,
    };
  });
const request = fc.oneof({ arbitrary: chaos, weight: 3 }, { arbitrary: plausible, weight: 1 });

const statuses = new Set([200, 201, 204, 400, 401, 404, 405, 409, 413, 415, 431]);

test(`${runs} requests by chance`, async () => {
  const seen = new Map<number, number>();
  let state = stateOf(h);
  await fc.assert(
    fc.asyncProperty(request, async ({ method, target, query, headers, body, isAuthorized }) => {
      const token = isAuthorized ? [`Authorization: Bearer ${h.tokens.scim}`] : [];
      const text = requestText(
        method,
        `/scim/okta/v2${target}${query && `?${query}`}`,
        [...token, ...headers],
        body,
      );
      const [answer, ...more] = await exchange(h.agent.scim, text);
      expect(more).toEqual([]);
      if (!answer) throw new Error("no answer");
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      expect(statuses).toContain(answer.status);
      const before = state;
      state = stateOf(h);
      if (answer.status >= 400 || method === "GET" || method === "HEAD") expect(state).toBe(before);
      if (answer.status >= 400 && method !== "HEAD") {
        expect(JSON.parse(answer.body)).toMatchObject({
          schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
          status: String(answer.status),
        });
        expect(answer.body.length).toBeLessThan(16_384);
      }
      const ids = target.includes("Users") ? users : groups;
      if (answer.status === 201) ids.push(JSON.parse(answer.body).id);
      if (answer.status === 204 && method === "DELETE")
        ids.splice(
          ids.findIndex((id) => target.endsWith(id)),
          1,
        );
    }),
    {
      numRuns: runs,
      seed: process.env.HGSCIM_SEED ? Number(process.env.HGSCIM_SEED) : Date.now() & 0x7fffffff,
    },
  );
  // both roads were taken
  expect((seen.get(200) ?? 0) + (seen.get(201) ?? 0) + (seen.get(204) ?? 0)).toBeGreaterThan(runs / 20);
  expect(seen.get(400) ?? 0).toBeGreaterThan(runs / 20);
  expect(h.logs.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  for (const inherited of Object.keys(Object.prototype)) throw new Error(`Object.prototype.${inherited}`);

  // the file that each write changed a little is the one that is made from the store
  const incremental = h.accessFile();
  await h.restart();
  expect(h.accessFile()).toEqual(incremental);
});
