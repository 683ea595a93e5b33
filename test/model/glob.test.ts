/** Names with wildcards, held to a regular expression that means the same. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Glob } from "../../model/glob.ts";

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
