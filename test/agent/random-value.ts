/** Values made by chance for whatever may stand in a SCIM request. */
import fc from "fast-check";
import { randomFilter } from "./random-filter.ts";

/** A value by its number in a list; so that the numbers of a counterexample can shrink. */
export const one = <T>(...values: T[]) => fc.constantFrom(...values);

/** Names of attributes, and what JavaScript or SQL might take for something else. */
export const name = one(
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
  ],
  ...[
    "id",
    "meta",
    "displayName",
    "members",
    "groups",
    "schemas",
    "password",
    "roles",
    "value",
    "type",
    "primary",
  ],
  ...["$ref", "op", "path", "Operations", 'emails[type eq "work"].value', 'members[value eq "x"]', "emails["],
  ...["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "meta.lastModified", "constructor"],
  ...["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "__proto__", "prototype"],
  ...["toString", ""],
);
export const text = fc.oneof(
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
    "a".repeat(100_000),
    "\uf7ff",
    "\uf7c0\uf780",
    "\uf7ed\uf7a0\uf780",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
export const simple = fc.oneof(
  text,
  one<unknown>(null, true, false, 0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER),
);
export const value = fc.letrec<{ value: unknown }>((tie) => ({
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

export const op = one("add", "replace", "remove", "Add", "REMOVE", "move", "");
export const path = fc.oneof(
  name,
  randomFilter.map((filter) => `emails[${filter}]`),
  randomFilter.map((filter) => `members[${filter}].value`),
  one(
    'emails[type eq "work"]',
    "emails[primary eq true].value",
    'emails[type pr and value co "x"]',
    'members[value eq "1"]',
    "(".repeat(500),
  ),
  fc.string({ maxLength: 12 }),
);
