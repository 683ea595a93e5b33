/** Variables: one meaning has one digest, what has no value is as not given, and who uses which. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "../../model/canonical.ts";
import { usedBy } from "../../model/check/environment.ts";
import { digestsOf } from "../../model/digest.ts";
import { expressionCompiler } from "../../model/expression.ts";
import { loadEnvironment } from "../../model/load.ts";
import { toEnvironment, toRelease } from "../../model/release.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-variables-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An environment with a variable X, used by a constraint. */
const withX = (variable: string, require = 'vars.?X.orValue("a") != user.userName') => `
delivery: { command: [echo] }
variables:
  X: ${variable}
  SCIM_URL: { type: url, value: "https://hg.example.com/scim/v2" }
  SCIM_SIZE: { type: integer, required: false, min: 1 }
  SCIM_TOKEN: { type: secret, secret: token }
secrets:
  token: { refs: [ref+env://SCIM], lifetime: 24h }
connectors:
  okta:
    idp: okta
    endpoint: { var: SCIM_URL }
    pageSize: { var: SCIM_SIZE }
    auth: { bearer: { var: SCIM_TOKEN } }
    mapping: { account: user.userName }
    groups: [writers]
constraints:
  other: { on: [user.create], require: '${require}' }
`;

async function release(text: string) {
  const file = join(folder, "one.yaml");
  writeFileSync(file, text);
  const loaded = await loadEnvironment(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.release;
}

test.each([
  ["{ type: string, value: b }", "{ type: string, default: b }"],
  ["{ type: string, value: b }", "{ type: string, value: b, default: c }"],
  ["{ type: string, value: b }", "{ type: string, value: b, required: true }"],
  ["{ type: string, value: b }", "{ type: string, default: b, required: false }"],
  ["{ type: enum, value: b, values: [b, c] }", "{ type: enum, default: b, values: [c, b] }"],
  ["{ type: string, required: false, pattern: b }", "{ pattern: b, required: false, type: string }"],
])("%s and %s are one release", async (one, other) => {
  const releases = [await release(withX(one)), await release(withX(other))];
  const [a, b] = releases.map((each) => digestsOf(each).release);
  expect(a).toBe(b);
  for (const each of releases)
    expect(canonicalJson(toRelease("one", toEnvironment(each)))).toBe(canonicalJson(each));
});

test.each([
  ["{ type: string, value: b }", "{ type: string, value: c }"],
  ["{ type: string, value: b }", "{ type: string, value: b, pattern: '[ab]' }"],
  ["{ type: string, value: b }", "{ type: string, value: b, required: false }"],
  ["{ type: enum, value: b, values: [b] }", "{ type: enum, value: b, values: [b, c] }"],
])("%s and %s are two", async (one, other) => {
  const [a, b] = [await release(withX(one)), await release(withX(other))];
  expect(digestsOf(a).release).not.toBe(digestsOf(b).release);
});

test("a lifetime has one form, whichever its unit", async () => {
  const text = withX("{ type: string, value: b }");
  const [a, b] = [await release(text), await release(text.replace("lifetime: 24h", "lifetime: 1d"))];
  expect(digestsOf(a).release).toBe(digestsOf(b).release);
});

test("a pattern must match the whole text, and takes no time", async () => {
  const value = `${"a".repeat(5000)}b`;
  await expect(release(withX(`{ type: string, value: ${value}, pattern: "(a*)*" }`))).rejects.toThrow(
    "does not match the pattern",
  );
  await release(withX(`{ type: string, value: ${value}, pattern: "(a*)*b" }`));
  await release(withX('{ type: string, value: ab, pattern: "a|ab" }'));
});

test.each<[string, string, boolean]>([
  ["{ type: string, required: false }", "has(vars.X)", false],
  ["{ type: string, value: b, required: false }", "has(vars.X)", true],
  ["{ type: string, value: b, required: false }", 'has(vars.X) && vars.X == "b"', true],
  ["{ type: string, required: false }", 'vars.?X.orValue("none") == "none"', true],
  ["{ type: integer, default: 5 }", "vars.X == 5", true],
  ["{ type: duration, value: 2h }", "vars.X == 7200", true],
  ["{ type: duration, required: false }", "vars.?X.orValue(1) == 1", true],
  ["{ type: enum, value: eu, values: [eu, us] }", 'vars.X == "eu"', true],
])("%s: %s is %s", async (variable, source, expected) => {
  const { variables } = await release(withX(variable, source.replaceAll("'", "''")));
  const compiler = expressionCompiler(variables);
  const compiled = compiler.compile(source, "bool");
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  expect(compiled.value.evaluate({ user: { userName: "ada" }, vars: compiler.vars })).toBe(expected);
});

test("who uses a variable: by its name, and in expressions", async () => {
  const users = usedBy(toEnvironment(await release(withX("{ type: string, value: b }"))));
  expect(Object.fromEntries([...users].map(([name, by]) => [name, [...by]]))).toEqual({
    SCIM_SIZE: ["connectors.okta"],
    SCIM_TOKEN: ["connectors.okta"],
    SCIM_URL: ["connectors.okta"],
    X: ["constraints.other"],
  });
});
