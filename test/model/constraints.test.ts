/** What means the same is one constraint in the release, and what means something else is not. */
import { describe, expect, test } from "vitest";
import { canonicalJson, type ReadonlyJson } from "../../model/canonical.ts";
import { canonicalConstraint } from "../../model/environment/constraint/canonical.ts";
import { Constraint } from "../../model/environment/constraint.ts";

const qualified = (groups: readonly string[]) =>
  [...new Set(groups.map((group) => (group.includes("/") ? group : `okta/${group}`)))].sort();

const canonical = (declared: object) => canonicalConstraint(Constraint.parse(declared), qualified);
const text = (declared: object) => canonicalJson(canonical(declared) as ReadonlyJson);

describe("the canonical form", () => {
  const limit = { removals: 5, per: "1h" };
  test.each<[one: object, other: object]>([
    [{ require: "true" }, { require: "true", on: ["user.update", "user.create"], otherwise: "reject" }],
    [{ attributes: ["title", "emails"] }, { attributes: ["emails", "title"], on: ["user.create"] }],
    [{ after: "true" }, { after: "true", on: ["user.create", "user.update", "member.add"] }],
    [{ before: "true" }, { before: "true", on: ["user.update"] }],
    [
      { values: { of: "email", domains: ["B.com", "a.com"], reserved: ["Root", "hg"] } },
      { values: { of: "email", domains: ["a.com", "b.com"], reserved: ["hg", "root"] } },
    ],
    [{ protect: { groups: ["b", "okta/a"] } }, { protect: { users: [], groups: ["a", "b"] } }],
    [{ separate: { groups: ["b", "a"] } }, { separate: { groups: ["okta/a", "okta/b"] } }],
    [{ keep: { group: "a", atLeast: 1 } }, { keep: { atLeast: 1, group: "okta/a" } }],
    [{ trigger: { groups: ["b", "a"] } }, { trigger: { groups: ["a", "b"] } }],
    [{ limit }, { limit: { removals: 5, above: 0, per: "60m" } }],
    [
      { limit, connectors: ["okta", "entra"] },
      { limit, connectors: ["entra", "okta"] },
    ],
  ])("%j is %j", (one, other) => {
    expect(text(one)).toBe(text(other));
    // a release is read again in the same form
    expect(text(canonical(one))).toBe(text(one));
  });

  test.each<[one: object, other: object]>([
    [{ require: "true" }, { require: "true", on: ["user.create"] }],
    [{ require: "true" }, { require: "true", on: ["member.add", "user.create", "user.update"] }],
    [{ require: "true" }, { require: "true", otherwise: "warn" }],
    [{ require: "true" }, { require: "true", when: "user.active" }],
    [{ require: "true" }, { require: "true", message: "no" }],
    [{ limit }, { limit, connectors: ["okta"] }],
    [{ limit }, { limit: { ...limit, above: 1 } }],
    [{ limit: { ...limit, removals: "5%" } }, { limit }],
    [{ values: { of: "account", reserved: ["a"] } }, { values: { of: "userName", reserved: ["a"] } }],
  ])("%j is not %j", (one, other) => {
    expect(text(one)).not.toBe(text(other));
  });
});
