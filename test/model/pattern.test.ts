/** Patterns of repositories and files, held to the regular expressions that they once were. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { basesOf, patternGlob, patternParts, RepositoryPattern } from "../../model/pattern.ts";

test.each([
  ["core/api", ["core/api"], ["core", "core/api/x", "xcore/api"]],
  ["core/*", ["core/a", "core/a.b"], ["core", "core/a/b", "score/a"]],
  ["core/**", ["core/a", "core/a/b/c"], ["core", "corex/a"]],
  ["**", ["a", "a/b"], []],
  ["**/docs", ["docs", "a/docs", "a/b/docs"], ["docs/a", "adocs"]],
  ["a/**/z", ["a/z", "a/b/c/z"], ["a/bz", "z"]],
  ["v?.x+(y)", ["v1.x+(y)"], ["v1ax+(y)", "v.x+(y)"]],
  ["my teams/* notes", ["my teams/a notes", "my teams/a b notes"], ["my teams/notes", "myteams/a notes"]],
  ["größe/😀?", ["größe/😀b"], ["grösse/😀b", "größe/😀"]],
])("pattern %s", (pattern, matching, others) => {
  expect(RepositoryPattern.safeParse(pattern).success).toBe(true);
  const { base } = patternParts(pattern);
  const glob = patternGlob(pattern);
  for (const name of matching) {
    expect([name, glob.matches(name)]).toEqual([name, true]);
    expect(basesOf(name)).toContain(base);
  }
  for (const name of others) expect([name, glob.matches(name)]).toEqual([name, false]);
});

test("whatever a pattern matches is found under one of the repository's bases", () => {
  const segment = fc.constantFrom("a", "b", "core", "*", "?", "a*");
  const patterns = fc
    .array(fc.oneof(segment, fc.constant("**")), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join("/"));
  const names = fc
    .array(fc.constantFrom("a", "b", "core", "ab"), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join("/"));
  fc.assert(
    fc.property(patterns, names, (pattern, name) => {
      if (patternGlob(pattern).matches(name)) expect(basesOf(name)).toContain(patternParts(pattern).base);
    }),
    { numRuns: 2000 },
  );
});

function asRegularExpression(pattern: string): RegExp {
  const segments = pattern.replace(/^!/, "").split("/");
  const body = segments.map((segment, i) => {
    const last = i === segments.length - 1;
    if (segment === "**") return last ? ".+" : "(?:.+/)?";
    const literal = segment
      .replace(/[.+^$(){}|[\]\\]/g, "\\$&")
      .replace(/\*/g, "[^/]*")
      .replace(/\?/g, "[^/]");
    return literal + (last ? "" : "/");
  });
  // a character is a code point, as Python has it
  return new RegExp(`^${body.join("")}$`, "u");
}

const letters = ["a", "a", "b", "-", ".", "+", "(", "!", "😀"];
const segment = (of: readonly string[], minLength: number) =>
  fc.array(fc.constantFrom(...of), { minLength, maxLength: 4 }).map((parts) => parts.join(""));
const path = (segment: fc.Arbitrary<string>) =>
  fc.array(segment, { minLength: 1, maxLength: 6 }).map((segments) => segments.join("/"));
const patterns = path(
  fc.oneof(segment([...letters, "*", "*", "*", "?"], 1), fc.constantFrom("**", "**", "*", "a")),
);

test("matches what the regular expression matches", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.constantFrom("", "!"), patterns, path(segment(letters, 1)), (mark, pattern, name) => {
      const wanted = asRegularExpression(mark + pattern).test(name);
      expect(patternGlob(mark + pattern).matches(name)).toBe(wanted);
      if (wanted) seen.add(name);
    }),
    { numRuns: 5_000 },
  );
  expect(seen.size).toBeGreaterThan(100);
});

test("covers whatever the regular expression matches, also where a forged name has empty segments", () => {
  fc.assert(
    fc.property(patterns, path(segment(["a", "b"], 0)), (pattern, name) => {
      if (asRegularExpression(pattern).test(name)) expect(patternGlob(pattern).matches(name)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

test("a long name is no reason to try for ever", () => {
  const deep = patternGlob(`${"**/a*a*b/".repeat(20)}z`);
  const folders = `${"a".repeat(50)}/`.repeat(100);
  expect(deep.matches(`${folders}z`)).toBe(false);
  expect(deep.matches(`${`${"a".repeat(50)}b/`.repeat(100)}z`)).toBe(true);
});
