import fc from "fast-check";
import { parse } from "scim2-parse-filter";
import { describe, expect, it } from "vitest";
import { groupNode, userNode } from "../../../agent/scim/attribute.ts";
import { listFilter } from "../../../agent/scim/filter.ts";
import {
  type Filter,
  maxFilterDepth,
  maxFilterLength,
  parseFilter,
} from "../../../agent/scim/filter-parser.ts";
import { parsePath } from "../../../agent/scim/path.ts";
import { groupType } from "../../../model/scim/group.ts";
import { userType } from "../../../model/scim/user.ts";

const list = (text: string, type = userType) => {
  const result = listFilter(type, text);
  return result.ok ? result.value : `${result.error.status} ${result.error.scimType}: ${result.error.detail}`;
};

describe("listFilter", () => {
  it.each([
    ['userName eq "test.user@okta.local"', "userName", "test.user@okta.local", false],
    ['USERNAME EQ "Ann"', "userName", "Ann", false],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ann"', "userName", "ann", false],
    ['externalId eq "0a21"', "externalId", "0a21", true],
    ['(id eq "1")', "id", "1", true],
    ['userName eq "CORP\\\\bob \\"the\\" \\u00e9"', "userName", 'CORP\\bob "the" é', false],
  ])("reads %s", (text, attribute, value, caseExact) => {
    expect(list(text)).toEqual({ attribute, value, caseExact });
  });

  it("reads what Entra asks of groups", () => {
    expect(list('displayName eq "core"', groupType)).toEqual({
      attribute: "displayName",
      value: "core",
      caseExact: false,
    });
  });

  it.each([
    'userName co "a"',
    'displayName eq "a"',
    'emails[type eq "work"]',
    'emails.value eq "a"',
    'userName eq "a" and id eq "b"',
    'not (userName eq "a")',
    "userName pr",
    'shoeSize eq "a"',
    'password eq "t0p-secret"',
  ])("says what is supported instead of %s", (text) => {
    expect(list(text)).toBe(
      '400 invalidFilter: this filter is not supported; supported: id eq "…", userName eq "…", externalId eq "…"',
    );
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
    ["userName eq 5", "userName is compared with a string in double quotes"],
    ["user;Name eq 5", "at character 5: this is no part of a filter"],
    ["(".repeat(maxFilterDepth + 1), "the filter is nested deeper than 16 levels"],
    ["a".repeat(maxFilterLength + 1), "the filter is longer than 4096 characters"],
  ])("refuses %s", (text, expected) => {
    expect(list(text)).toBe(`400 invalidFilter: ${expected}`);
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
      "400 invalidFilter: at character 13: this string has no end",
    );
  });
});
