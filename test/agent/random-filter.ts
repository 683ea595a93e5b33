/** Filters made by chance: of the grammar of RFC 7644 section 3.4.2.2, and what is nearly one. */
import fc from "fast-check";

const one = <T>(...values: T[]) => fc.constantFrom(...values);

const attribute = one(
  ...["userName", "USERNAME", "externalId", "id", "active", "title", "displayName", "schemas"],
  ...["name.familyName", "emails", "emails.value", "emails.type", "members", "members.value", "groups.value"],
  ...["meta.created", "meta.lastModified", "urn:ietf:params:scim:schemas:core:2.0:User:userName"],
  ...["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "nothing", "a.b.c"],
  ...["__proto__", "constructor.name", "$ref", ""],
);
const operator = one("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "Sw", "like");
const comparable = fc.oneof(
  one(
    ...['"ada@example.com"', '"a"', '""', "true", "false", "null", "0", "-1.5e300", "1e999", "True"],
    ...['"2026-01-01T00:00:00Z"', '"%"', '"_"', '"\\u0000"', '"\\ud800"', '"a\\"b"', '"open', "'a'", "x"],
    ...[`"${"a".repeat(2_000)}"`, `"${"%".repeat(500)}"`, `"(${"a+".repeat(30)})+$"`],
  ),
  fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text)),
);

const grammar = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.tuple(attribute, operator, comparable).map((words) => words.join(" ")),
    attribute.map((name) => `${name} pr`),
    fc.tuple(tie("filter"), one("and", "or", "AND", "xor"), tie("filter")).map((words) => words.join(" ")),
    tie("filter").map((filter) => `(${filter})`),
    tie("filter").map((filter) => `not (${filter})`),
    fc.tuple(attribute, tie("filter")).map(([name, filter]) => `${name}[${filter}]`),
  ),
})).filter;

const repeated = fc
  .tuple(one(50, 500, 5_000), one("(", "not (", "[", "emails[", ")"), one("", 'userName eq "a"'))
  .map(([times, mark, core]) => {
    // an address takes no more than 16 KiB
    const count = Math.min(times, Math.floor(12_000 / mark.length));
    return `${mark.repeat(count)}${core}${mark === "(" && core ? ")".repeat(count) : ""}`;
  });

/** A filter, seldom a good one. */
export const randomFilter: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: grammar, weight: 8 },
  { arbitrary: repeated, weight: 1 },
  {
    arbitrary: fc
      .tuple(grammar, fc.nat(), one("(", ")", "]", '"', "\\", "\0", " ", "é"))
      .map(([filter, place, mark]) => {
        const at = place % (filter.length + 1);
        return filter.slice(0, at) + mark + filter.slice(at);
      }),
    weight: 2,
  },
);
