/** Every evaluation has a step budget, and nothing of the user is in what it says when it fails. */
import { describe, expect, test } from "vitest";
import { maxSteps } from "../../../model/expression/budget.ts";
import { EvaluationFailure } from "../../../model/expression/failure.ts";
import { expressionCompiler } from "../../../model/expression.ts";

const compiler = expressionCompiler({});
const many = Array.from({ length: 1_000 }, (_, i) => ({ value: `a${i}@example.com` }));
const user = { userName: "ann@example.com", nickName: "a".repeat(100_000), emails: many };
const emails = "user.?emails.orValue([])";
const nick = 'user.?nickName.orValue("")';

function evaluate(source: string, type: "bool" | "string" = "bool", of: object = user): unknown {
  const compiled = compiler.compile(source, type);
  if (!compiled.ok) throw new Error(compiled.error[0].message);
  return compiled.value.evaluate({ user: of, vars: {} });
}

function failure(source: string, type: "bool" | "string" = "bool", of: object = user): EvaluationFailure {
  try {
    evaluate(source, type, of);
  } catch (error) {
    return error as EvaluationFailure;
  }
  throw new Error(`${source} can be evaluated`);
}

const doubled = (times: number, from: string) =>
  Array.from({ length: times }).reduceRight<string>(
    (body, _, i) => `cel.bind(s${i}, ${i === 0 ? from : `s${i - 1} + s${i - 1}`}, ${body})`,
    `size(s${times - 1}) > 0`,
  );

describe("more steps than an evaluation may take are a failure, never false", () => {
  test.each([
    [
      "macros in macros",
      `${emails}.all(a, ${emails}.all(b, a.?value.orValue("") == b.?value.orValue("") || true))`,
    ],
    ["an or beside it", `${emails}.all(a, !${emails}.exists(b, b.?value.orValue("") == "x")) || true`],
    ["an and beside it", `!(${emails}.all(a, !${emails}.exists(b, b.?value.orValue("") == "x")) && false)`],
    [
      "exists, which goes on after failures",
      `${emails}.exists(a, ${emails}.exists(b, b.?value.orValue("") == "x"))`,
    ],
    ["a list of lists", `size(${emails}.map(a, ${emails}.map(b, b.?value.orValue("")))) > 0`],
    [
      "filter in map",
      `size(${emails}.map(a, ${emails}.filter(b, b.?value.orValue("") == a.?value.orValue("")))) > 0`,
    ],
    ["text that doubles", doubled(24, nick)],
    ["a list that doubles", doubled(20, `${emails}.map(e, e.?value.orValue(""))`)],
    ["a search at every place", `${nick}.contains(${nick}.substring(1) + "b")`],
    ["a search from the end", `${nick}.lastIndexOf(${nick}.substring(50000) + "b") > 0`],
    ["text cut at a long separator", `size(${nick}.split(${nick}.substring(50000) + "b")) > 0`],
    ["a long separator", `size(${emails}.map(e, e.?value.orValue("")).join(${nick})) > 0`],
    ["long text in a long list", `${emails}.map(e, ${nick}).exists_one(t, t == ${nick} + "b")`],
    ["in, of long text", `(${nick} + "b") in ${emails}.map(e, ${nick} + "c")`],
    [
      "lists compared in a list",
      `${emails}.all(e, ${emails}.map(f, f.?value.orValue("")) != ${emails}.map(f, "x"))`,
    ],
    ["a duration that backtracks", `duration(${nick}) > duration("1h")`],
    ["time zones in a loop", `${emails}.all(e, timestamp(0).getHours("Europe/Berlin") == 1)`],
    ["sizes of long text", `${emails}.all(e, size(${nick}) > 0)`],
  ])("%s", (_, source) => {
    const started = performance.now();
    const { code, message } = failure(source);
    expect([code, message]).toEqual([
      "overBudget",
      `it takes more than ${maxSteps} steps for this user, the most that one evaluation may`,
    ]);
    // no measurement: without the budget it is minutes, or no memory
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test("the budget is whole again for the next user", () => {
    const source = `${emails}.all(a, ${emails}.all(b, a.?value.orValue("") == b.?value.orValue("") || true))`;
    expect(failure(source).code).toBe("overBudget");
    expect(evaluate(source, "bool", { ...user, emails: many.slice(0, 100) })).toBe(true);
  });

  test("what people write is far within it", () => {
    const pairs = `${emails}.exists(a, ${emails}.exists(b, a.?value.orValue("") == b.?value.orValue("") && a.?value.orValue("").endsWith("@example.org")))`;
    expect(evaluate(pairs, "bool", { ...user, emails: many.slice(0, 100) })).toBe(false);
    expect(evaluate(`${emails}.all(e, e.?value.orValue("").split("@")[0] != "")`)).toBe(true);
    expect(
      evaluate(
        `${emails}.map(e, e.?value.orValue("")).filter(v, v.startsWith("a9"))[?0].orValue("")`,
        "string",
      ),
    ).toBe("a9@example.com");
    expect(evaluate('timestamp("2026-12-31T18:00:00Z").getHours("Europe/Berlin") == 19')).toBe(true);
    expect(evaluate('has(user.nickName) && cel.bind(n, user.nickName, n.startsWith("a"))')).toBe(true);
  });
});

describe("a failure quotes nothing", () => {
  const secret = "s3cret-attribute";
  const of = { userName: "ann", nickName: secret, emails: [{ value: "1" }] };
  test.each([
    [`bool(${nick})`],
    [`int(${nick}) == 1`],
    [`uint(${nick}) == uint(1)`],
    [`double(${nick}) == 1.0`],
    [`timestamp(${nick} + "0000000000") > timestamp(0)`],
    [`duration(${nick}) > duration("1s")`],
    [`timestamp(0).getHours(${nick}) == 1`],
    [`${nick}.substring(1000) == ""`],
    [`9223372036854775807 + size(${nick}) > 0`],
    [`1 / (size(${nick}) - ${secret.length}) == 1`],
  ])("%s", (source) => {
    const error = failure(source, "bool", of);
    expect(error).toBeInstanceOf(EvaluationFailure);
    expect(error.code).toBe("failed");
    for (const part of [secret, "cret", "9223372036854775", "> "])
      expect(`${error.message} ${error.stack}`.split("\n    at ")[0]).not.toContain(part);
    expect(error.cause).toBeUndefined();
  });
});

describe("macros within macros", () => {
  const nested = (inner: string) => compiler.compile(`${emails}.all(a, ${emails}.all(b, ${inner}))`, "bool");
  test.each([
    ["exists", `${emails}.exists(c, true)`],
    ["filter", `size(${emails}.filter(c, true)) > 0`],
    ["map", `size(${emails}.map(c, c.?value.orValue(""))) > 0`],
    ["exists_one", `[1, 2].exists_one(c, true)`],
    ["all", `cel.bind(x, ${emails}, x.all(c, true))`],
    ["all", `has(user.nickName) ? true : [[1]].all(c, true)`],
  ])("a third one is refused: %s in %s", (name, inner) => {
    expect(nested(inner)).toMatchObject({
      ok: false,
      error: [
        { code: "expression-nesting", message: expect.stringMatching(new RegExp(`^${name}\\(\\) within 2`)) },
      ],
    });
  });

  test("a chain is not deep, nor is what a macro goes through", () => {
    const chain = `${emails}.filter(e, true).map(e, e.?value.orValue("")).filter(e, e != "").all(e, ${emails}.map(f, f.?value.orValue("")).exists(f, f == e))`;
    expect(compiler.compile(chain, "bool")).toMatchObject({ ok: true });
  });
});
