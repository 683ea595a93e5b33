/** Names with wildcards, held to a regular expression that means the same. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Glob, PathGlob } from "../../model/glob.ts";

function asRegularExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^$(){}|[\]\\]/g, "\\$&")
    .replace(/\*+/g, "[^]*")
    .replace(/\?/g, "[^]");
  return new RegExp(`^${source}$`, "u");
}

test("matches what the regular expression matches", () => {
  const text = (letters: readonly string[]) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 10 }).map((parts) => parts.join(""));
  const letters = ["a", "b", "-", ".", "(", "😀"];
  fc.assert(
    fc.property(text([...letters, "*", "*", "?"]), text(letters), (pattern, name) => {
      expect(new Glob(pattern).matches(name)).toBe(asRegularExpression(pattern).test(name));
    }),
    { numRuns: 5_000 },
  );
});

test("a long name is no reason to try for ever", () => {
  const glob = new Glob(`hg${"-*".repeat(50)}-dev`);
  expect(glob.matches(`hg${"-".repeat(1_000)}`)).toBe(false);
  expect(glob.matches(`hg${"-".repeat(1_000)}-dev`)).toBe(true);
});

test("what a pattern of paths includes, it matches, and each includes itself", () => {
  const path = (segments: readonly string[]) =>
    fc.array(fc.constantFrom(...segments), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const patterns = path(["a", "ab", "*", "a*", "*b", "?b", "a?", "**"]);
  const seen = { matched: 0, included: 0 };
  fc.assert(
    fc.property(patterns, patterns, fc.array(path(["a", "b", "ab", "bb", ""])), (wide, narrow, names) => {
      const [outer, inner] = [new PathGlob(wide), new PathGlob(narrow)];
      expect(outer.includes(wide)).toBe(true);
      if (!outer.includes(narrow)) return;
      if (wide !== narrow) seen.included++;
      for (const name of names.filter((one) => inner.matches(one))) {
        expect([wide, narrow, name, outer.matches(name)]).toEqual([wide, narrow, name, true]);
        seen.matched++;
      }
    }),
    { numRuns: 20_000 },
  );
  expect(Math.min(seen.matched, seen.included)).toBeGreaterThan(500);
});

test.each([
  ["release-*", "release-1.*", true],
  ["release-*", "release-?", true],
  ["release-?", "release-*", false],
  ["release-?", "release-1", true],
  ["release/*", "release/**", false],
  ["release/**", "release/*", true],
  ["release/**", "release/*/x", true],
  ["release/**", "release", false],
  ["**", "release/**", true],
  ["**", "*", true],
  ["*", "**", false],
  ["**/docs", "docs", true],
  ["**/docs", "**/a/docs", true],
  ["*", "größe 1", true],
])("%s includes %s: %s", (wide, narrow, expected) => {
  expect(new PathGlob(wide).includes(narrow)).toBe(expected);
});
