/** Random requests of SCIM clients, in every form that the grammar of paths and filters has. */
import fc from "fast-check";
import { enterprise, type Kind } from "./attributes.ts";
import type { Comparison, Filter } from "./filter.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Operation, Path } from "./patch.ts";
import type { Condition, ListRequest } from "./server.ts";

/** Which resource is meant: by its place among those that there are; 20 is nobody. */
export type Target = number;

export type Step =
  | { readonly do: "create"; readonly kind: Kind; readonly body: Draft }
  | {
      readonly do: "replace";
      readonly kind: Kind;
      readonly to: Target;
      readonly body: Draft;
      readonly if: If;
    }
  | {
      readonly do: "modify";
      readonly kind: Kind;
      readonly to: Target;
      readonly operations: readonly Operation[];
      readonly if: If;
    }
  | { readonly do: "remove"; readonly kind: Kind; readonly to: Target; readonly if: If }
  | { readonly do: "get"; readonly kind: Kind; readonly to: Target }
  | { readonly do: "list"; readonly kind: Kind; readonly request: ListRequest; readonly bySearch: boolean };

/** A body, in which `@3` is the id of the third user. */
export type Draft = JsonObject;
type If = Condition | undefined;

const one = <T>(...values: T[]) => fc.constantFrom(...values);
const word = one("a", "A", "b", "ab", "Ba", "ß", "SS", "");
const anyCase = (name: string) => one(name, name, name.toUpperCase(), name.toLowerCase());
const flag = one<Json>(true, false, "True", "False");
const plainName = one("ada", "Ada", "ben", "cy", "di").map((name) => `${name}@example.com`);
// the same names in other forms, and one with what nobody sees
const oddName = one(" ada@example.com", "ａda@example.com", "Cy@example.com\u00a0", "a\u200bda@example.com");
const userName = fc.oneof({ arbitrary: plainName, weight: 9 }, { arbitrary: oddName, weight: 2 });
const element = fc.record(
  { value: one("a", "b", "c@d.e"), type: one("work", "Home"), display: word, primary: flag },
  { requiredKeys: ["value"] },
);
const elements = fc.array(element, { maxLength: 3 });
const name = fc.record({ givenName: word, familyName: word }, { requiredKeys: [] });
const manager = fc.oneof(one<Json>("m1", "M2", null), fc.record({ value: one("m1", "m2") }));

const user = fc
  .record(
    {
      userName: fc.oneof(
        { arbitrary: userName, weight: 9 },
        { arbitrary: one<Json>("", " ", 1, null), weight: 1 },
      ),
      externalId: one("x", "X", "y"),
      displayName: word,
      title: one<Json>("a", null, 7),
      userType: one("contractor", "Staff"),
      active: fc.oneof(
        { arbitrary: flag, weight: 9 },
        { arbitrary: one<Json>(null, 0, "no", []), weight: 1 },
      ),
      password: word,
      name,
      emails: elements,
      roles: fc.oneof(elements, one<Json>("lead", null, [])),
      [enterprise]: fc.record({ department: word, manager }, { requiredKeys: [] }),
      shoeSize: fc.nat(),
      id: word,
    },
    { requiredKeys: ["userName"] },
  )
  .chain((body) =>
    fc.tuple(...Object.keys(body).map(anyCase)).map((names) => {
      const values = Object.values(body) as Json[];
      return Object.fromEntries(names.map((key, i) => [key, values[i] as Json])) as Draft;
    }),
  );

const memberId = fc.oneof(
  { arbitrary: fc.nat({ max: 3 }).map((i) => `@${i}`), weight: 12 },
  { arbitrary: one("nobody"), weight: 1 },
);
const member: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: memberId.map((value): Json => ({ value })), weight: 8 },
  { arbitrary: memberId.map((value): Json => ({ $ref: null, value, display: "x" })), weight: 2 },
  { arbitrary: one<Json>({ value: "@0", type: "Group" }, { value: "" }, 5), weight: 1 },
);
const members = fc.array(member, { maxLength: 3 });
const groupName = fc.oneof(
  { arbitrary: one("engineering", "Engineering", "core-team", "lunch"), weight: 9 },
  {
    arbitrary: one(" engineering", "ｅngineering", "Core-Team\u3000", "core\u2011team", "lu\u00adnch"),
    weight: 3,
  },
);
const group: fc.Arbitrary<Draft> = fc.record(
  {
    displayName: fc.oneof({ arbitrary: groupName, weight: 9 }, { arbitrary: one<Json>(null, ""), weight: 1 }),
    externalId: one("x", "y"),
    members,
  },
  { requiredKeys: ["displayName"] },
);

const comparison = one<Comparison>("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le");
const literal = fc.oneof(
  {
    arbitrary: one<string>(
      "a",
      "A",
      "b",
      "ss",
      "work",
      "x",
      "ada@example.com",
      "engineering",
      "ＡDA@example.com ",
      " ",
      "com ",
      " core",
    ),
    weight: 8,
  },
  { arbitrary: one<boolean | null>(true, false, null), weight: 2 },
);

/** Filters over these names. */
function filterOf(names: fc.Arbitrary<string>, valuePath?: fc.Arbitrary<Filter>): fc.Arbitrary<Filter> {
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      fc.record({ op: comparison, name: names, value: literal }),
      fc.record({ op: one("eq" as const), name: names, value: literal }),
      fc.record({ op: one("pr" as const), name: names }),
      ...(valuePath ? [valuePath] : []),
      fc.record({ op: one("and" as const, "or" as const), left: tie("filter"), right: tie("filter") }),
      fc.record({ op: one("not" as const, "()" as const), inner: tie("filter") }),
    ),
  })).filter;
}

const subNames = one("value", "type", "TYPE", "display", "primary");
const valueFilter = filterOf(subNames);
/** What describes a value, as clients do. */
const plainFilter: fc.Arbitrary<Filter> = fc.oneof(
  one("work", "Home", "other").map((value): Filter => ({ op: "eq", name: "type", value })),
  one<string | boolean>("True", true).map((value): Filter => ({ op: "eq", name: "primary", value })),
);
const userFilter = filterOf(
  one(
    ...[
      "userName",
      "USERNAME",
      "externalId",
      "displayName",
      "title",
      "active",
      "name.familyName",
      "name.givenName",
    ],
    ...[
      "emails.type",
      "emails.value",
      "emails",
      "roles.value",
      "groups.display",
      "userType",
      "emails.primary",
    ],
    ...[`${enterprise}:department`, `${enterprise}:manager.value`, "shoeSize", "password", "name"],
  ),
  fc.record({ op: one("[]" as const), name: one("emails", "roles", "title"), inner: valueFilter }),
);
const groupFilter = filterOf(one("displayName", "externalId", "members.display", "DISPLAYNAME", "nothing"));

const simplePath = (...names: string[]) => one(...names).map((name): Path => ({ name }));
const filtered: fc.Arbitrary<Path> = fc
  .tuple(
    one("emails", "roles", "EMAILS"),
    fc.oneof(plainFilter, valueFilter),
    one(undefined, "value", "display", "type", "primary", "colour"),
  )
  .map(([name, filter, sub]) => (sub === undefined ? { name, filter } : { name, filter, sub }));
const userPaths: readonly (readonly [fc.Arbitrary<Path>, fc.Arbitrary<Json>])[] = [
  [simplePath("userName", "USERNAME"), userName],
  [
    simplePath("displayName", "externalId", "title", "name.familyName", "NAME.givenName"),
    fc.oneof(word, one<Json>(null, 3)),
  ],
  [simplePath("active", "Active", "urn:ietf:params:scim:schemas:core:2.0:User:active"), flag],
  [simplePath("userType"), one("contractor", "Staff")],
  [simplePath("name"), name as fc.Arbitrary<Json>],
  [
    simplePath("emails", "roles"),
    fc.oneof(elements as fc.Arbitrary<Json>, element as fc.Arbitrary<Json>, one<Json>(null, "a", [])),
  ],
  [simplePath("emails.display", "emails.type"), word],
  [filtered, fc.oneof(word, element as fc.Arbitrary<Json>, flag)],
  [
    simplePath(
      `${enterprise}:department`,
      `${enterprise.toUpperCase()}:department`,
      `${enterprise}.department`,
    ),
    word,
  ],
  [simplePath(`${enterprise}:manager`), manager],
  [simplePath(enterprise), fc.record({ department: word }) as fc.Arbitrary<Json>],
  [simplePath("id", "groups", "meta", "colour"), word],
];
const groupPaths: typeof userPaths = [
  [simplePath("displayName"), groupName],
  [simplePath("members", "Members"), fc.oneof(members as fc.Arbitrary<Json>, member)],
  [simplePath("members"), members as fc.Arbitrary<Json>],
  [
    memberId.map((value): Path => ({ name: "members", filter: { op: "eq", name: "value", value } })),
    members as fc.Arbitrary<Json>,
  ],
  [simplePath("externalId"), word],
];
const op = one("add", "replace", "remove", "Add", "Replace", "Remove", "REPLACE", "move");

function operationOn(paths: typeof userPaths): fc.Arbitrary<Operation> {
  const pair = fc.oneof(...paths.map(([path, value]) => fc.tuple(path, value)));
  return fc.oneof(
    {
      arbitrary: fc.tuple(op, pair).map(([op, [path, value]]): Operation => ({ op, path, value })),
      weight: 6,
    },
    {
      arbitrary: fc.tuple(one("remove", "Remove"), pair).map(([op, [path]]): Operation => ({ op, path })),
      weight: 2,
    },
    {
      arbitrary: fc
        .tuple(
          one("add", "replace", "Replace"),
          fc.uniqueArray(pair, { minLength: 1, maxLength: 2, selector: ([path]) => path.name.toLowerCase() }),
        )
        .map(([op, values]): Operation => ({ op, values })),
      weight: 3,
    },
  );
}

const to = fc.oneof({ arbitrary: fc.nat({ max: 4 }), weight: 19 }, { arbitrary: one(20), weight: 1 });
const condition = one<If>(undefined, undefined, undefined, "*", "present", "past");

function stepsOn(
  kind: Kind,
  body: fc.Arbitrary<Draft>,
  operation: fc.Arbitrary<Operation>,
  filter: fc.Arbitrary<Filter>,
  sortBy: fc.Arbitrary<string>,
) {
  const k = one(kind);
  const request: fc.Arbitrary<ListRequest> = fc.record(
    {
      filter,
      sortBy,
      descending: fc.boolean(),
      startIndex: fc.integer({ min: -1, max: 6 }),
      count: fc.nat({ max: 5 }),
    },
    { requiredKeys: ["startIndex", "count"] },
  );
  const operations = fc.array(operation, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { arbitrary: fc.record({ do: one("create" as const), kind: k, body }), weight: 4 },
    {
      arbitrary: fc.record({ do: one("modify" as const), kind: k, to, operations, if: condition }),
      weight: 6,
    },
    { arbitrary: fc.record({ do: one("replace" as const), kind: k, to, body, if: condition }), weight: 2 },
    {
      arbitrary: fc.record({ do: one("list" as const), kind: k, request, bySearch: fc.boolean() }),
      weight: 3,
    },
    { arbitrary: fc.record({ do: one("remove" as const), kind: k, to, if: condition }), weight: 1 },
    { arbitrary: fc.record({ do: one("get" as const), kind: k, to }), weight: 1 },
  );
}

/** Who is there at the start: two who have a group each. */
const prelude: readonly Step[] = [
  { do: "create", kind: "User", body: { userName: "ada@example.com" } },
  {
    do: "create",
    kind: "User",
    body: { userName: "Ben@example.com", emails: [{ type: "work", value: "a" }] },
  },
  { do: "create", kind: "Group", body: { displayName: "engineering", members: [{ value: "@0" }] } },
  { do: "create", kind: "Group", body: { displayName: "core-team", members: [{ value: "@1" }] } },
];

const more = fc.array(
  fc.oneof(
    stepsOn(
      "User",
      user,
      operationOn(userPaths),
      userFilter,
      one("userName", "NAME.familyName", "emails", "active", "externalId"),
    ),
    stepsOn("Group", group, operationOn(groupPaths), groupFilter, one("displayName", "id", "externalId")),
  ),
  { minLength: 1, maxLength: 30, size: "max" },
);

/** Sequences of requests. */
export const sequences: fc.Arbitrary<Step[]> = more.map((steps) => [...prelude, ...steps]);
