/** Expressions that pass validation, on the users that the agent stores: none fails for what a user does not have. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Extension } from "../../../model/environment/connector/extension.ts";
import { expressionCompiler } from "../../../model/expression.ts";
import { enterpriseUserSchema } from "../../../model/scim/enterprise-user.ts";
import { normaliseUser } from "../../../scim/resource.ts";
import { isSoak } from "../../long.ts";

const hr: Extension = {
  schema: "urn:example:hr:2.0:User",
  attributes: {
    badge: { type: "string", multiValued: false },
    teams: { type: "string", multiValued: true },
  },
};

const compiler = expressionCompiler(
  {
    DOMAIN: { type: "string", value: "example.com" },
    TOKEN: { type: "secret", secret: "token" },
  },
  { hr },
);

function problems(source: string): string[] {
  const results = (["bool", "string"] as const).map((type) => compiler.compile(source, type));
  return results.some(({ ok }) => ok)
    ? []
    : results
        .slice(0, 1)
        .flatMap((result) => (result.ok ? [] : result.error.map(({ offset }) => source.slice(offset))));
}

test.each([
  'user.userName == "ann" && user.active',
  "has(user.userType) && user.userType == vars.DOMAIN",
  "!has(user.userType) || user.userType == vars.DOMAIN",
  'has(user.userType) ? user.userType : ""',
  'has(user.userType) ? user.userType == "x" : !has(user.title) || user.title == "x"',
  "!(has(user.userType) && has(user.title)) || user.title == user.userType",
  'has(user.userType) && (user.active || user.userType == "x")',
  'user.?userType.orValue("") == "x"',
  'user.?userType.hasValue() ? user.?userType.value() : ""',
  "user.?userType.or(user.?title).orValue(user.userName)",
  "user.?userType.or(user.?userName).value()",
  'has(user.name) && has(user.name.givenName) && user.name.givenName == "x"',
  'has(user.?name.givenName) && user.name.givenName == "x"',
  'user.?name.givenName.orValue("") == user.?name.?givenName.orValue("")',
  'has(user.hr) && has(user.hr.badge) && user.hr.badge == "x"',
  'user.?hr.?teams.orValue([]).exists(t, t == "x")',
  'user[?"userType"].orValue("") + user["userName"]',
  'has(user.?enterprise.manager) && user.enterprise.manager.?value.orValue("") == "x"',
  'has(user.emails) && user.emails[0].?value.orValue("") == "x"',
  'has(user.emails) && user.emails.exists(e, has(e.value) && e.value == "x")',
  'has(user.emails) ? user.emails.filter(e, has(e.value)).map(e, e.value).join(",") : ""',
  'user.?emails.orValue([]).filter(e, e.?primary.orValue(false))[?0].?value.orValue("")',
  "has(user.emails) && user.emails.exists(e, has(e.value)) ? user.emails.filter(e, has(e.value))[0].value : ''",
  'has(user.emails) && size(user.emails) > 1 && user.emails[1].?value.orValue("") == ""',
  'has(user.emails) && 2 <= user.emails.size() && user.emails[1].?value.orValue("") == ""',
  'cel.bind(mails, user.?emails.orValue([]), size(mails) == 0 ? "" : mails[0].?value.orValue(""))',
  'user.?emails.orValue([]).map(e, has(e.value), e.value).exists(v, v == "x")',
  'user.userName.split("@")[0]',
  'user.userName.split("@")[?1].orValue("")',
  'size(user.userName.split("@")) == 2 && user.userName.split("@")[1] == vars.DOMAIN',
  '{"a": "b"}["a"] + {"a": "b"}[?user.userName].orValue("")',
  "has(user.title) && [1].exists(user, user == 1)",
])("asks for what it takes: %s", (source) => expect(problems(source)).toEqual([]));

test.each([
  ['user.userType == "x"', 'userType == "x"'],
  ['user.userType == "x" && has(user.userType)', 'userType == "x" && has(user.userType)'],
  ['has(user.userType) || user.userType == "x"', 'userType == "x"'],
  ['has(user.userType) && user.title == "x"', 'title == "x"'],
  ['has(user.name) && user.name.givenName == "x"', 'givenName == "x"'],
  ["has(user.name.givenName)", "name.givenName)"],
  ['has(user.hr) && user.hr.badge == "x"', 'badge == "x"'],
  ['has(user.hr.badge) && user.hr.badge == "x"', 'hr.badge) && user.hr.badge == "x"'],
  ['user.?hr.grade.orValue("") == "x"', 'grade.orValue("") == "x"'],
  ['has(user.emails) && user.emails[0].value == "x"', 'value == "x"'],
  ['has(user.emails) && user.emails[1].?value.orValue("") == ""', '1].?value.orValue("") == ""'],
  ['has(user.emails) && user.emails.exists(e, e.value == "x")', 'value == "x")'],
  [
    'has(user.emails) && user.emails.exists(e, has(e.value)) && user.emails.exists(f, f.value == "x")',
    'value == "x")',
  ],
  ['has(user.emails) && user.emails.exists(e, has(e.value)) && user.emails[0].value == "x"', 'value == "x"'],
  [
    'has(user.emails) ? user.emails.filter(e, has(e.type)).map(e, e.value).join("") : ""',
    'value).join("") : ""',
  ],
  ['has(user.emails) ? user.emails.filter(e, has(e.value))[0].value : ""', '0].value : ""'],
  ['user.?emails.orValue([])[0].?value.orValue("")', '0].?value.orValue("")'],
  ['has(user.title) ? [user].map(user, user.nickName)[0] : ""', 'nickName)[0] : ""'],
  ['has(user.name) ? cel.bind(user, user.name, user.givenName) : ""', 'givenName) : ""'],
  ['user.userName.split("@")[1]', "1]"],
  ['user.userName.split("")[0]', "0]"],
  ['user.userName.split("@")[size(user.userName.split("@"))]', 'size(user.userName.split("@"))]'],
  ["user.?userType.value()", "value()"],
  ['{"a": "b"}[user.userName]', "user.userName]"],
  // these exist for no user at all
  ['user.?userTyp.orValue("")', 'userTyp.orValue("")'],
  ["has(user.userTyp)", "userTyp)"],
  ['has(user.emails) && user.emails.exists(e, e.?vaule.orValue("") == "")', 'vaule.orValue("") == "")'],
  ['vars.?DOMIAN.orValue("")', 'DOMIAN.orValue("")'],
  ['user["user" + "Name"] == "x"', '"user" + "Name"] == "x"'],
  ['vars[user.userName] == "x"', 'user.userName] == "x"'],
])("takes what may be missing: %s", (source, at) => expect(problems(source)).toEqual([at]));

test("a mistake does not hide another one", () => {
  expect(problems('user.title == user.nickName && user.?nickname.orValue("") == ""')).toEqual([
    'title == user.nickName && user.?nickname.orValue("") == ""',
    'nickName && user.?nickname.orValue("") == ""',
    'nickname.orValue("") == ""',
  ]);
});

test("the elements of a list have their attributes, and the extension its own", () => {
  const source =
    'user.?emails.orValue([]).filter(e, e.?primary.orValue(false))[?0].?value.orValue("") + user.?enterprise.department.orValue("")';
  const compiled = compiler.compile(source, "string");
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  const user = {
    userName: "ann",
    active: true,
    emails: [{ value: "a@example.com" }, { value: "b@example.com", primary: true }],
    [enterpriseUserSchema.id]: { department: "-x" },
  };
  expect(compiled.value.evaluate({ user, vars: compiler.vars })).toBe("b@example.com-x");
});

/** Makes expressions from a list of numbers, each of which decides one thing: fast-check shrinks the list. */
class Writer {
  readonly #choices: readonly number[];
  #next = 0;
  #names = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  #pick<T>(options: readonly (() => T)[]): T {
    const choice = this.#choices[this.#next++] ?? 0;
    const option = options[choice % options.length];
    if (!option) throw new Error("nothing to choose from");
    return option();
  }

  /** @param scope the variables that are e-mail addresses */
  bool(depth: number, scope: readonly string[]): string {
    const less = () => this.bool(depth - 1, scope);
    const simple = [
      () => "user.active",
      () => `has(${this.#path(scope)})`,
      () => `has(${this.#path(scope)})`,
      () => "true",
      () => "false",
      () => `${this.#optional(scope)}.hasValue()`,
      () =>
        `size(${this.#list(0, scope)}) ${this.#pick([">", ">=", "==", "!=", "<", "<="].map((op) => () => op))} ${this.#number()}`,
    ];
    if (depth <= 0) return this.#pick(simple);
    return this.#pick([
      ...simple,
      () => `(${less()} && ${less()})`,
      () => `(${less()} && ${less()})`,
      () => `(${less()} || ${less()})`,
      () => `!${less()}`,
      () => `(${less()} ? ${less()} : ${less()})`,
      () => `${this.text(depth - 1, scope)} == ${this.text(depth - 1, scope)}`,
      () => this.#macro(this.#pick(["exists", "all", "exists_one"].map((name) => () => name)), depth, scope),
      () => this.#guarded(depth, scope),
    ]);
  }

  text(depth: number, scope: readonly string[]): string {
    const simple = [
      () => "user.userName",
      () => '"x"',
      () => this.#path(scope, true),
      () => `${this.#optional(scope)}.orValue("y")`,
      () => `${this.#optional(scope)}.value()`,
      () => `user.userName.split("@")[${this.#number()}]`,
      () => `${this.#list(0, scope)}[${this.#number()}].value`,
    ];
    if (depth <= 0) return this.#pick(simple);
    return this.#pick([
      ...simple,
      () =>
        `(${this.bool(depth - 1, scope)} ? ${this.text(depth - 1, scope)} : ${this.text(depth - 1, scope)})`,
      () => `${this.#list(depth - 1, scope)}[${this.#number()}].value`,
      () => `${this.#list(depth - 1, scope)}[${this.#number()}].?value.orValue("z")`,
      () => `${this.#list(depth - 1, scope)}[?${this.#number()}].?value.orValue("z")`,
      () => {
        const [name, list] = [this.#name(scope), this.#list(depth - 1, scope)];
        return `${list}.map(${name}, ${this.text(depth - 1, [...scope, name])}).join("")`;
      },
      () => {
        const [name, list] = [this.#name(scope), this.#list(depth - 1, scope)];
        const inner = [...scope, name];
        return `${list}.map(${name}, ${this.bool(depth - 1, inner)}, ${this.text(depth - 1, inner)}).join("")`;
      },
      () => {
        const [name, list] = [this.#name(scope), this.#list(depth - 1, scope)];
        return `cel.bind(${name}, ${list}[${this.#number()}], ${this.text(depth - 1, [...scope, name])})`;
      },
    ]);
  }

  #list(depth: number, scope: readonly string[]): string {
    const simple = [
      () => "user.emails",
      () => "user.?emails.orValue([])",
      () => "user.phoneNumbers.filter(p, false)",
    ];
    if (depth <= 0) return this.#pick(simple.slice(0, 2));
    return this.#pick([
      ...simple.slice(0, 2),
      () => this.#macro("filter", depth, scope),
      () =>
        `(${this.bool(depth - 1, scope)} ? ${this.#list(depth - 1, scope)} : ${this.#list(depth - 1, scope)})`,
      () => `(${this.#list(depth - 1, scope)} + ${this.#list(depth - 1, scope)})`,
    ]);
  }

  /** What follows is asked for first: else few expressions would pass. */
  #guarded(depth: number, scope: readonly string[]): string {
    const list = this.#pick([() => "user.emails", () => "user.?emails.orValue([])"]);
    const name = this.#name(scope);
    const test = this.bool(depth - 1, [...scope, name]);
    return this.#pick([
      () => `(has(user.emails) && ${this.bool(depth - 1, scope)})`,
      () => `(!has(user.emails) || ${this.bool(depth - 1, scope)})`,
      () =>
        `(${list}.exists(${name}, ${test}) && ${list}.filter(${name}, ${test})[0].?value.orValue("") == "x")`,
      () =>
        `(${list}.exists(${name}, has(${name}.value)) && ${list}.filter(${name}, has(${name}.value))[0].value == "x")`,
      () => `(has(user.emails) && ${list}[${this.#number()}].?value.orValue("") == "x")`,
      () =>
        `(has(user.emails) && ${list}.filter(${name}, ${test})[${this.#number()}].?value.orValue("") == "x")`,
      // a name within the same name
      () => `${list}.exists(${name}, ${list}.exists(${name}, has(${name}.value)) && ${name}.value == "x")`,
      () => `${list}.exists(${name}, has(${name}.value) && ${list}.exists(${name}, ${name}.value == "x"))`,
      () => `(size(${list}) > ${this.#number()} && ${list}[${this.#number()}].?value.orValue("") == "x")`,
    ]);
  }

  #macro(macro: string, depth: number, scope: readonly string[]): string {
    const [name, list] = [this.#name(scope), this.#list(depth - 1, scope)];
    return `${list}.${macro}(${name}, ${this.bool(depth - 1, [...scope, name])})`;
  }

  /** A new name, or one that hides another. */
  #name(scope: readonly string[]): string {
    return this.#pick([() => `e${this.#names++}`, () => scope.at(-1) ?? "e", () => "e", () => "e"]);
  }

  #number(): string {
    return this.#pick(["0", "1", "2", "0", "0"].map((digit) => () => digit));
  }

  #path(scope: readonly string[], isText = false): string {
    const simple = [
      "user.userType",
      "user.title",
      "user.name.givenName",
      "user.enterprise.department",
      "user.enterprise.manager.value",
      "user.hr.badge",
    ];
    const parts = [
      "user.name",
      "user.emails",
      "user.enterprise",
      "user.enterprise.manager",
      "user.?name.givenName",
      "user.?enterprise.manager",
      "user.hr",
      "user.?hr.badge",
    ];
    const own = scope.flatMap((name) => [`${name}.value`, `${name}.type`, `${name}.value`]);
    return this.#pick([...own, ...own, ...simple, ...(isText ? [] : parts)].map((path) => () => path));
  }

  #optional(scope: readonly string[]): string {
    const own = scope.flatMap((name) => [`${name}.?value`, `${name}.?type`]);
    const paths = [
      "user.?userType",
      "user.?title",
      "user.?name.givenName",
      "user.?name.?givenName",
      "user.name.?givenName",
      "user.?emails[0].value",
      "user.?emails[?1].value",
      "user.?hr.badge",
      "user.hr.?badge",
      "user.?hr.teams[0]",
      "user.?hr.?teams[?1]",
    ];
    return this.#pick([...own, ...paths].map((path) => () => path));
  }
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const word = fc.constantFrom("x", "y", "", "ann@example.com");
const stored = fc
  .record({
    userName: fc.constantFrom("ann", "ann@example.com", "a@b@c"),
    active: maybe(fc.boolean()),
    userType: maybe(word),
    title: maybe(word),
    name: maybe(fc.record({ givenName: maybe(word), familyName: maybe(word) })),
    emails: maybe(
      fc.array(fc.record({ value: maybe(word), type: maybe(word), primary: fc.constant(false) }), {
        maxLength: 3,
      }),
    ),
    [enterpriseUserSchema.id]: maybe(
      fc.record({ department: maybe(word), manager: maybe(fc.record({ value: maybe(word) })) }),
    ),
  })
  .map((body) => {
    const user = normaliseUser(JSON.parse(JSON.stringify(body)));
    if (!user.ok) throw new Error(user.error.detail);
    return user.value.resource;
  })
  .chain((resource) =>
    maybe(
      fc.record({ badge: maybe(word), teams: maybe(fc.array(word, { minLength: 1, maxLength: 2 })) }),
    ).map((extension) => ({
      ...resource,
      ...(extension && { [hr.schema]: JSON.parse(JSON.stringify(extension)) }),
    })),
  );

test("what passes never fails at run time", () => {
  let passed = 0;
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 1000 }), { minLength: 12, maxLength: 60 }),
      fc.boolean(),
      fc.array(stored, { minLength: 1, maxLength: 12 }),
      (choices, isText, users) => {
        const writer = new Writer(choices);
        const source = isText ? writer.text(4, []) : writer.bool(4, []);
        const compiled = compiler.compile(source, isText ? "string" : "bool");
        if (!compiled.ok) return;
        passed++;
        for (const user of users)
          expect(typeof compiled.value.evaluate({ user, vars: compiler.vars })).toBe(
            isText ? "string" : "boolean",
          );
      },
    ),
    { numRuns: isSoak ? 50_000 : 3_000 },
  );
  expect(passed).toBeGreaterThan(300);
});
