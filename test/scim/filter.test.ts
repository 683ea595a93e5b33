import fc from "fast-check";
import { parse } from "scim2-parse-filter";
import { describe, expect, it } from "vitest";
import { groupType } from "../../model/scim/group.ts";
import { userType } from "../../model/scim/user.ts";
import { groupNode, userNode } from "../../scim/attribute.ts";
import type { Condition } from "../../scim/filter/condition.ts";
import { listFilter } from "../../scim/filter/list-filter.ts";
import { type Filter, maxFilterDepth, maxFilterLength, parseFilter } from "../../scim/filter/parse.ts";
import { parsePath } from "../../scim/patch/path.ts";

/** What a filter was understood as, or its error. */
const list = (text: string, type = userType) => {
  const result = listFilter(type, text);
  return result.ok ? written(result.value) : `${result.error.code}: ${result.error.detail}`;
};

const written = (condition: Condition): string => {
  if ("conditions" in condition) return `(${condition.conditions.map(written).join(` ${condition.op} `)})`;
  if (condition.op === "not") return `not ${written(condition.condition)}`;
  const name = condition.place.map(({ name }) => name).join("/");
  if (condition.op === "[]") return `${name}[${written(condition.condition)}]`;
  return condition.op === "pr" ? `${name} pr` : `${name} ${condition.op} ${condition.wanted}`;
};

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

describe("listFilter", () => {
  it.each([
    ['userName eq "test.user@okta.local"', "userName eq test.user@okta.local"],
    ['USERNAME EQ "Ann"', "userName eq ann"],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ann"', "userName eq ann"],
    ['externalId eq "0A21"', "externalId eq 0A21"],
    ['(id eq "1")', "id eq 1"],
    ['userName eq "CORP\\\\bob \\"the\\" \\u00e9"', 'userName eq corp\\bob "the" é'],
    ['emails co "@x"', "emails/value co @x"],
    ['emails[type eq "work"]', "emails[type eq work]"],
    ['emails[type eq "work"].value eq "a"', "emails[(type eq work and value eq a)]"],
    ['not (name.familyName sw "L")', "not name/familyName sw l"],
    ["title eq null", "not title pr"],
    ["title ne NULL", "title pr"],
    ['active eq "True"', "active eq true"],
    ['meta.created gt "1970-01-01T01:00:00.5+01:00"', "meta/created gt 500"],
    ['meta.created le "1970-01-01T00:00:01"', "meta/created le 1000"],
    [`${enterprise}:manager.value eq "7"`, `${enterprise}/manager/value eq 7`],
    ['manager eq "7"', `${enterprise}/manager/value eq 7`],
    [`${enterprise} pr`, `${enterprise} pr`],
  ])("reads %s", (text, expected) => {
    expect(list(text)).toBe(expected);
  });

  it("reads what Entra asks of groups", () => {
    expect(list('displayName eq "Core"', groupType)).toBe("displayName eq core");
    expect(list('id eq "g" and members eq "u"', groupType)).toBe("(id eq g and members/value eq u)");
  });

  it.each([
    ["", "at character 1: expected the name of an attribute, found the end"],
    ["userName", "at character 9: expected one of eq, ne, co, sw, ew, gt, ge, lt, le, pr, found the end"],
    [
      'userName is "a"',
      'at character 10: expected one of eq, ne, co, sw, ew, gt, ge, lt, le, pr, found "is"',
    ],
    ["userName eq", "at character 12: expected a value, found the end"],
    ["userName eq ann", 'at character 13: expected a value, found "ann"'],
    ['userName eq "a', "at character 13: this string has no end"],
    ['userName eq "a\tb"', "at character 13: expected a value written as in JSON, found a string"],
    ['userName eq "a" "b"', "at character 17: expected the end, and or or, found a string"],
    ['userName eq "a" and', "at character 20: expected the name of an attribute, found the end"],
    ['(userName eq "a"', "at character 17: expected ), found the end"],
    ["userName eq 5", "userName: expected a string of Unicode characters other than NUL, found a number"],
    ['shoeSize eq "a"', 'User has no attribute "shoeSize"'],
    ['password eq "t0p-secret"', "password is never shown, and no filter may ask for it"],
    ["password pr", "password is never shown, and no filter may ask for it"],
    ["active gt true", "active is a boolean: it cannot be compared by gt"],
    ['meta.created sw "2020-01-01T00:00:00Z"', "meta.created is a dateTime: it cannot be compared by sw"],
    [
      'meta.created gt "2020-13-01T00:00:00Z"',
      "meta.created: expected a date and time such as 2011-08-01T18:29:49Z, found a string",
    ],
    ["userName co null", "userName cannot be compared with null by co"],
    ['name eq "Ann"', "name has no value of its own: compare one of its sub-attributes"],
    ['name[givenName eq "Ann"]', "name has no values to choose from by a filter"],
    ['emails[value[type eq "work"]]', "a filter on emails cannot hold another value path"],
    ['emails[type eq "work"].size eq 1', 'emails has no sub-attribute "size"'],
    ['emails[type eq "work"] .value eq 1', "at character 24: this is no part of a filter"],
    [
      'emails[type eq "work"].value',
      "at character 29: expected one of eq, ne, co, sw, ew, gt, ge, lt, le, pr, found the end",
    ],
    [Array(65).fill("title pr").join(" or "), "a filter may have 64 comparisons; this one has 65"],
    ["user;Name eq 5", "at character 5: this is no part of a filter"],
    ["(".repeat(maxFilterDepth + 1), "the filter is nested deeper than 16 levels"],
    ["a".repeat(maxFilterLength + 1), "the filter is longer than 4096 characters"],
  ])("refuses %s", (text, expected) => {
    expect(list(text)).toBe(`invalidFilter: ${expected}`);
  });
});

describe("parseFilter", () => {
  const name = fc.constantFrom("userName", "name.givenName", "meta.lastModified", "emails.type", "a-b_c1");
  const value = fc.oneof(
    fc.constantFrom("x", "two words", 'say "hi"', "and", "é", "a) or (b]"),
    fc.constantFrom<boolean | null | number>(true, false, null, 7, -2.5),
  );
  const { filter } = fc.letrec<{ filter: Filter; leaf: Filter }>((tie) => ({
    leaf: fc.oneof(
      fc.record({ op: fc.constant("pr" as const), attribute: name }),
      fc.record({
        op: fc.constantFrom("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"),
        attribute: name,
        value,
      }),
    ),
    filter: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      tie("leaf"),
      fc.record({
        op: fc.constantFrom("and", "or"),
        filters: fc.array(tie("filter"), { minLength: 2, maxLength: 3 }),
      }),
      fc.record({ op: fc.constant("not" as const), filter: tie("filter") }),
      fc.record({ op: fc.constant("[]" as const), attribute: name, filter: tie("leaf") }),
    ),
  }));

  /** With parentheses around every operand of and and or that is such a filter itself. */
  const print = (one: Filter): string => {
    switch (one.op) {
      case "and":
      case "or":
        return one.filters
          .map((operand) =>
            operand.op === "and" || operand.op === "or" ? `(${print(operand)})` : print(operand),
          )
          .join(` ${one.op} `);
      case "not":
        return `not (${print(one.filter)})`;
      case "[]":
        return `${one.attribute}[${print(one.filter)}]`;
      case "pr":
        return `${one.attribute} pr`;
      default:
        return `${one.attribute} ${one.op} ${JSON.stringify(one.value)}`;
    }
  };

  it("reads back what is printed", () => {
    fc.assert(
      fc.property(filter, (one) => {
        expect(parseFilter(print(one))).toEqual({ ok: true, value: one });
      }),
    );
  });

  it("reads and before or", () => {
    const [a, b, c, d] = "abcd".split("").map((attribute) => ({ op: "pr", attribute }));
    expect(parseFilter("a pr or b pr and c pr or not (d pr)")).toEqual({
      ok: true,
      value: { op: "or", filters: [a, { op: "and", filters: [b, c] }, { op: "not", filter: d }] },
    });
  });

  it("agrees with another parser", () => {
    // Its form of the same tree. It reads no negative number that anything follows.
    const foreign = (one: Filter): unknown => {
      if ("filters" in one) return { op: one.op, filters: one.filters.map(foreign) };
      if (one.op === "not") return { op: "not", filter: foreign(one.filter) };
      if (one.op === "[]") return { op: "[]", attrPath: one.attribute, valFilter: foreign(one.filter) };
      return {
        op: one.op,
        attrPath: one.attribute,
        ...("value" in one && { compValue: one.value }),
      };
    };
    fc.assert(
      fc.property(filter, (one) => {
        const text = print(one);
        fc.pre(!/-2\.5./.test(text));
        expect(foreign(one)).toEqual(parse(text));
      }),
    );
  });

  it("never throws, and takes time linear in the text", () => {
    const noise = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            "(",
            ")",
            "[",
            "]",
            '"',
            "\\",
            "\n",
            " ",
            "and",
            "not",
            "eq",
            "a.b",
            "-1",
            "$ref",
            ".",
          ),
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(noise, (text) => {
        for (const type of [userType, groupType]) expect(listFilter(type, text)).toHaveProperty("ok");
        for (const node of [userNode, groupNode]) {
          expect(parsePath(node, text)).toHaveProperty("ok");
          expect(parsePath(node, `emails[${text}].value`)).toHaveProperty("ok");
          expect(parsePath(node, `members[${text}]`)).toHaveProperty("ok");
        }
      }),
      { numRuns: 500 },
    );
    // Where a careless expression tries every way to split the newlines, this would never end.
    expect(list(`userName eq "${"\n".repeat(4000)}`)).toBe(
      "invalidFilter: at character 13: this string has no end",
    );
  });
});
