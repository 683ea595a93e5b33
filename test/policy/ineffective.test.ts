/** What of a release has no effect on the host as it is. */
import { expect, test } from "vitest";
import type { Environment } from "../../model/environment.ts";
import { groupIndex } from "../../model/groups.ts";
import { endedRules, nearMisses, unmatchedPatterns } from "../../policy/ineffective.ts";
import { describeIneffective } from "../../report/impact.ts";
import { permissionSet } from "./permission-set.ts";

const permissions = {
  core: permissionSet({ repositories: ["!core/old/**", "core/**", "core/ap?", "core/apis"] }),
  docs: permissionSet({ repositories: ["docs", "**/site"] }),
};

const of = (name: string) => (pattern: string) => `permissions.${name}: "${pattern}"`;

test.each<[string[], string[]]>([
  [["core/api", "core/old/x", "docs", "a/b/site"], ['permissions.core: "core/apis"']],
  [
    ["docs/site", "core/web"],
    ["!core/old/**", "core/ap?", "core/apis"].map(of("core")).concat('permissions.docs: "docs"'),
  ],
  [["core", "docs", "site"], permissions.core.repositories.map(of("core"))],
])("of the repositories %j", (repositories, unmatched) => {
  expect(unmatchedPatterns({ permissions }, repositories)).toEqual(unmatched);
});

test("a rule that has ended is told from its end on", () => {
  const until = "2026-06-01T00:00:00Z";
  const rule = (subject: object) => ({ ...subject, until, reason: "migration", approver: "Carol" });
  const release = {
    permissions: {
      core: permissionSet({
        write: ["okta/core-team", { account: "bob" }, rule({ account: "alice" })],
        deny: { read: [rule({ group: "okta/contractors" })], write: [] },
      }),
    },
  };
  expect(endedRules(release, Date.parse(until) - 1)).toEqual([]);
  const ended = endedRules(release, Date.parse(until));
  expect(
    describeIneffective({ unmatched: ['permissions.core: "core/x/**"'], ended, nearMisses: [] }),
  ).toEqual([
    'permissions.core: "core/x/**" matches no repository',
    "permissions.core: write of alice ended 2026-06-01T00:00:00Z",
    "permissions.core: denied read of okta/contractors ended 2026-06-01T00:00:00Z",
  ]);
});

test("groups that almost are a declared one, and twins", () => {
  const groups = groupIndex({
    okta: { groups: ["hg-x", "writers"] },
  } as unknown as Environment["connectors"]);
  const told = (...stored: (readonly [displayName: string, isTwin?: boolean])[]) =>
    nearMisses(
      groups,
      stored.map(([displayName, isTwin = false]) => ({ connector: "okta", displayName, isTwin })),
    );
  expect(told(["HG-X "], ["Writers"], ["lunch"], ["lunch ", true])).toEqual([]);
  expect(told(["hg-x"], ["Hg-X", true], ["hg_x"], ["writer"])).toEqual([
    'connectors.okta.groups: "Hg-X" gives nothing, since its name is another group\'s too',
    'connectors.okta.groups: "hg_x" counts for nothing, but almost is "hg-x"',
    'connectors.okta.groups: "writer" counts for nothing, but almost is "writers"',
  ]);
  // that one is there, so this is another one
  expect(told(["writer"], ["writers"])).toEqual([]);
});
