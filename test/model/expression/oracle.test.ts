/**
 * Expressions mean what another implementation of CEL says that they mean (`@bufbuild/cel`, which passes the conformance
 * tests). It has neither optional types nor `cel.bind`: presence.test.ts plays those. What differs and is known:
 *
 * - Its numbers are typed by how JavaScript holds them, and ours by the schema: it is given a bigint for each integer.
 * - Ours counts the characters of a text as JavaScript does, in UTF-16 code units, and CEL in code points; `size`,
 *   `substring` and `indexOf` agree on text without characters beyond U+FFFF, which are left out here.
 * - Its `int()` makes 0 of white space, and ours fails, as the specification says: only literals are played here.
 */
import { run } from "@bufbuild/cel";
import { strings } from "@bufbuild/cel/ext";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Extension } from "../../../model/environment/connector/extension.ts";
import { expressionCompiler } from "../../../model/expression.ts";
import { enterpriseUserSchema } from "../../../model/scim/enterprise-user.ts";
import { isSoak } from "../../long.ts";

const hr: Extension = {
  schema: "urn:example:hr:2.0:User",
  attributes: {
    badge: { type: "string", multiValued: false },
    level: { type: "integer", multiValued: false },
    share: { type: "decimal", multiValued: false },
    lead: { type: "boolean", multiValued: false },
    teams: { type: "string", multiValued: true },
  },
};

const compiler = expressionCompiler(
  {
    DOMAIN: { type: "string", value: "example.com" },
    LIMIT: { type: "integer", value: 3 },
    STRICT: { type: "boolean", value: true },
  },
  { hr },
);

const word = fc.constantFrom(
  "",
  "x",
  "Ann",
  "ann@Example.com",
  "a@b@c",
  "Zoë",
  "ÅNGSTRÖM",
  " tab\t",
  "12",
  "-3",
);
const literal = word.map((text) => JSON.stringify(text));
const integer = fc.integer({ min: -3, max: 5 });
const of = (template: string, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((texts) => texts.reduce((text, part) => text.replace("§", () => part), template));

const given = (path: string, otherwise: string) =>
  path
    .split(".")
    .slice(2)
    .reduce(({ at, guard }, name) => ({ at: `${at}.${name}`, guard: `${guard} && has(${at}.${name})` }), {
      at: path.split(".").slice(0, 2).join("."),
      guard: `has(${path.split(".").slice(0, 2).join(".")})`,
    })
    .guard.replace(/^(.*)$/s, `($1 ? ${path} : ${otherwise})`);

const { bool, text } = fc.letrec<{ bool: string; text: string; number: string; list: string }>((tie) => ({
  bool: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("true", "false", "user.active", "vars.STRICT", "has(user.title)", "has(user.hr)"),
    fc.constantFrom("has(user.emails)", given("user.hr.lead", "false")),
    of("(§ && §)", tie("bool"), tie("bool")),
    of("(§ || §)", tie("bool"), tie("bool")),
    of("!§", tie("bool")),
    of("(§ ? § : §)", tie("bool"), tie("bool"), tie("bool")),
    of("(§ § §)", tie("text"), fc.constantFrom("==", "!=", "<", "<=", ">", ">="), tie("text")),
    of("(§ § §)", tie("number"), fc.constantFrom("==", "!=", "<", "<=", ">", ">="), tie("number")),
    of(`(${given("user.hr.share", "0.5")} § 0.5)`, fc.constantFrom("==", "<", ">=")),
    of("§.§(§)", tie("text"), fc.constantFrom("startsWith", "endsWith", "contains"), tie("text")),
    of("(§ in §)", tie("text"), tie("list")),
    of("(§ == §)", tie("list"), tie("list")),
    of(
      "§.§(v, v § §)",
      tie("list"),
      fc.constantFrom("exists", "all", "exists_one"),
      fc.constantFrom("==", "<"),
      tie("text"),
    ),
    of("(has(user.emails) && user.emails.exists(e, has(e.value) && e.value == §))", tie("text")),
  ),
  text: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    literal,
    fc.constantFrom(
      "user.userName",
      "vars.DOMAIN",
      given("user.title", '""'),
      given("user.hr.badge", '"none"'),
    ),
    fc.constantFrom(given("user.name.givenName", '""'), given("user.enterprise.department", '"-"')),
    of("(§ + §)", tie("text"), tie("text")),
    of("§.§()", tie("text"), fc.constantFrom("lowerAscii", "upperAscii", "trim")),
    of("(§ ? § : §)", tie("bool"), tie("text"), tie("text")),
    of("§.join(§)", tie("list"), literal),
    of("string(§)", tie("number")),
    of("string(§)", tie("bool")),
    of("§.substring(§)", tie("text"), integer.map(String)),
    of("§.substring(§, §)", tie("text"), integer.map(String), integer.map(String)),
  ),
  number: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    integer.map((number) => (number < 0 ? `(${number})` : String(number))),
    fc.constantFrom("vars.LIMIT", given("user.hr.level", "7")),
    of("size(§)", tie("text")),
    of("size(§)", tie("list")),
    of("§.size()", tie("text")),
    of("§.indexOf(§)", tie("text"), tie("text")),
    of("§.lastIndexOf(§)", tie("text"), tie("text")),
    fc.constantFrom('int("12")', 'int("-3")', 'int("x")', "int(vars.DOMAIN)"),
    of("(§ § §)", tie("number"), fc.constantFrom("+", "-", "*", "/", "%"), tie("number")),
  ),
  list: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    of("[§, §]", literal, literal),
    fc.constantFrom(given("user.hr.teams", '["x"]'), 'user.userName.split("@")'),
    of("(§ + §)", tie("list"), tie("list")),
    of("§.filter(v, §.contains(v))", tie("list"), tie("text")),
    of("§.map(v, v + §)", tie("list"), tie("text")),
    of("§.split(§)", tie("text"), literal),
  ),
}));

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const users = fc
  .record({
    userName: fc.constantFrom("ann", "Ann@example.com", "a@b@c"),
    active: fc.boolean(),
    title: maybe(word),
    name: maybe(fc.record({ givenName: maybe(word) })),
    emails: maybe(fc.array(fc.record({ value: maybe(word) }), { minLength: 1, maxLength: 2 })),
    enterprise: maybe(fc.record({ department: maybe(word) })),
    hr: maybe(
      fc.record({
        badge: maybe(word),
        level: maybe(integer),
        share: maybe(fc.constantFrom(0, 0.25, 0.5, 1)),
        lead: maybe(fc.boolean()),
        teams: maybe(fc.array(word, { minLength: 1, maxLength: 3 })),
      }),
    ),
  })
  .map((user) => JSON.parse(JSON.stringify(user)));

/** What an evaluation answers: every failure is one. */
function answer(evaluate: () => unknown): unknown {
  try {
    const value = evaluate();
    return value instanceof Error ? "fails" : { value };
  } catch {
    return "fails";
  }
}

test("expressions evaluate as another implementation says", () => {
  const seen = { equal: 0, failed: 0 };
  const source = fc.oneof(
    bool.map((text) => ({ text, type: "bool" as const })),
    text.map((text) => ({ text, type: "string" as const })),
  );
  fc.assert(
    fc.property(source, users, ({ text, type }, { enterprise, hr: badge, ...user }) => {
      const compiled = compiler.compile(text, type);
      fc.pre(compiled.ok || compiled.error[0].code !== "expression-nesting");
      if (!compiled.ok) throw new Error(`${text}: ${compiled.error[0].message}`);
      const stored = {
        ...user,
        ...(enterprise && { [enterpriseUserSchema.id]: enterprise }),
        ...(badge && { [hr.schema]: badge }),
      };
      const level = badge?.level === undefined ? {} : { level: BigInt(badge.level) };
      const bound = {
        user: { ...user, ...(enterprise && { enterprise }), ...(badge && { hr: { ...badge, ...level } }) },
        vars: { ...compiler.vars },
      };
      const ours = answer(() => compiled.value.evaluate({ user: stored, vars: compiler.vars }));
      const theirs = answer(() => run(text, bound, { funcs: strings }));
      seen[ours === "fails" ? "failed" : "equal"]++;
      expect({ text, answer: ours }).toEqual({ text, answer: theirs });
    }),
    { numRuns: isSoak ? 50_000 : 3_000 },
  );
  expect(seen.equal).toBeGreaterThan(1_000);
});
