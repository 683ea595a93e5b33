/** The difference of two releases is empty exactly where their digests say so. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReadonlyJson } from "../../model/canonical.ts";
import { releaseDifference } from "../../model/difference.ts";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";

const value = fc.constantFrom<ReadonlyJson>(
  "a",
  "b",
  1,
  true,
  ["a"],
  ["a", "b"],
  ["b", "a"],
  { k: "a" },
  { k: ["b"] },
  {},
);
const entry = fc.dictionary(
  fc.constantFrom("scope", "groups", "endpoint", "read", "write"),
  value,
) as fc.Arbitrary<{ [key: string]: ReadonlyJson }>;
const section = fc.dictionary(fc.constantFrom("x", "y"), entry);
const release: fc.Arbitrary<ReleaseData> = fc.record({
  environment: fc.constant("e"),
  connectors: section,
  constraints: section,
  permissions: section,
  variables: section,
  secrets: section,
  settings: section,
});

test("no difference of the policies is one policy digest, and none at all one release digest", () => {
  const pair = fc.oneof(
    fc.tuple(release, release),
    // near each other: one section of another one
    fc.tuple(release, section).map(([one, other]) => [one, { ...one, connectors: other }] as const),
    release.map((one) => [one, structuredClone(one)] as const),
  );
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const { policy, bindings } = releaseDifference(a, b);
      expect(policy.length === 0).toBe(digestsOf(a).policy === digestsOf(b).policy);
      expect(policy.length + bindings.length === 0).toBe(digestsOf(a).release === digestsOf(b).release);
      const back = releaseDifference(b, a);
      expect(back.policy.map(({ section, name }) => [section, name])).toEqual(
        policy.map(({ section, name }) => [section, name]),
      );
    }),
  );
});

const nothing = {
  connectors: {},
  constraints: {},
  permissions: {},
  variables: {},
  secrets: {},
  settings: {},
};
const permission = (core: ReadonlyJson): ReleaseData => ({
  environment: "e",
  ...nothing,
  permissions: { core },
});

test.each<[string, ReadonlyJson, ReadonlyJson, unknown[]]>([
  [
    "lists as sets",
    { write: ["a", "b"] },
    { write: ["b", "c"] },
    [{ path: "write", gains: ["c"], loses: ["a"] }],
  ],
  [
    "order, where only that differs",
    { refs: ["a", "b"] },
    { refs: ["b", "a"] },
    [{ path: "refs", from: ["a", "b"], to: ["b", "a"] }],
  ],
  [
    "a key within a key",
    { branches: { s: ["a"] } },
    { branches: { s: ["b"] } },
    [{ path: "branches.s", gains: ["b"], loses: ["a"] }],
  ],
  ["a key that only one has", {}, { owner: "x" }, [{ path: "owner", to: "x" }]],
  [
    "a value of another kind",
    { lose: "10%" },
    { lose: { most: 1 } },
    [{ path: "lose", from: "10%", to: { most: 1 } }],
  ],
  [
    "items that are maps",
    { groups: ["a"] },
    { groups: ["a", { pattern: "b" }] },
    [{ path: "groups", gains: [{ pattern: "b" }], loses: [] }],
  ],
])("%s", (_, from, to, changes) => {
  expect(releaseDifference(permission(from), permission(to))).toEqual({
    policy: [{ section: "permissions", name: "core", kind: "changed", changes }],
    bindings: [],
  });
});
