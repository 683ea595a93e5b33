/** Which secret references the host's configuration lets a release name. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { allowsReference } from "../../agent/config.ts";

test.each<[pattern: string, reference: string, allowed: boolean]>([
  ["ref+env://SCIM_*", "ref+env://SCIM_TOKEN", true],
  ["ref+env://SCIM_*", "ref+env://SCIM_", true],
  ["ref+env://SCIM_*", "ref+env://HOME", false],
  ["ref+file://secrets/*", "ref+file://secrets/okta", true],
  ["ref+file://secrets/*", "ref+file://secrets/okta/token", false],
  ["ref+vault://kv/*#/*", "ref+vault://kv/okta#/token", true],
  ["ref+vault://kv/okta?version=1#/*", "ref+vault://kv/okta?version=1#/token", true],
  ["ref+vault://kv/okta?version=1#/*", "ref+vault://kv/oktaXversion=1#/token", false],
])("%s lets %s: %s", (pattern, reference, allowed) => {
  expect(allowsReference({ references: [pattern] }, reference)).toBe(allowed);
});

test("a pattern means what it meant as a regular expression", () => {
  const asRegularExpression = (pattern: string) =>
    new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, "[^/]*")}$`);
  const letters = ["a", "a", "b", "/", "?", "#", ".", "+", "\n", "😀"];
  const text = (letters: readonly string[]) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((parts) => `ref+${parts.join("")}`);
  const seen = { matched: 0, others: 0 };
  fc.assert(
    fc.property(text([...letters, "*", "*", "*", "*"]), text(letters), (pattern, reference) => {
      const wanted = asRegularExpression(pattern).test(reference);
      expect(allowsReference({ references: [pattern] }, reference)).toBe(wanted);
      seen[wanted ? "matched" : "others"]++;
    }),
    { numRuns: 5_000 },
  );
  expect(Math.min(seen.matched, seen.others)).toBeGreaterThan(100);
});
