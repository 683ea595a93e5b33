/** What of a release has no effect on the host as it is. */
import { expect, test } from "vitest";
import type { Environment } from "../../model/environment.ts";
import { groupIndex } from "../../model/groups.ts";
import type { Release } from "../../model/release.ts";
import { endedRules, nearMisses, unmatchedPatterns, unsentGroups } from "../../policy/ineffective.ts";
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
    describeIneffective({ unmatched: ['permissions.core: "core/x/**"'], unsent: [], ended, nearMisses: [] }),
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

const connector = (...groups: Release["connectors"][string]["groups"]) =>
  ({ groups }) as Release["connectors"][string];

test("a group that an entry names and nobody has sent is told with the entry", () => {
  const release = {
    connectors: {
      okta: connector("Core-Team", "docs-team", { pattern: "hg-*" }, { name: "leads", when: "true" }),
      entra: connector("docs-team"),
    },
    permissions: {
      docs: permissionSet({
        read: ["okta/docs-team", { group: "entra/docs-team", reason: "x" }],
        deny: { read: [], write: ["okta/hg-old"] },
        branches: { stable: ["okta/leads", "okta/hg-new"] },
        paths: { "a/**": ["okta/hg-old"] },
      }),
      core: permissionSet({ read: ["okta/Core-Team", { account: "docs-team" }] }),
    },
    constraints: {
      critical: { protect: { users: ["bot"], groups: ["okta/docs-team"] }, otherwise: "reject" as const },
      last: { keep: { group: "okta/hg-new", atLeast: 1 }, otherwise: "reject" as const },
    },
    settings: {
      delivery: { destroy: "prevent" as const },
      bounds: { lose: "10%", above: 0, protected: ["okta/docs-team"] },
    },
  };
  const sent = [
    { connector: "okta", displayName: "CORE-team" },
    { connector: "okta", displayName: "HG-new" },
    { connector: "okta", displayName: "elsewhere" },
    { connector: "entra", displayName: "hg-old" },
  ];
  expect(unsentGroups(release, sent, (name) => name === "okta")).toEqual([
    'permissions.docs: okta has sent no group "docs-team"',
    'permissions.docs: okta has sent no group "hg-old"',
    'constraints.critical: okta has sent no group "docs-team"',
    'bounds.protected: okta has sent no group "docs-team"',
  ]);
  // of a connector that is not served yet nothing can have come
  expect(unsentGroups(release, [], () => false)).toEqual([]);
  expect(unsentGroups(release, sent, (name) => name === "entra")).toEqual([
    'permissions.docs: entra has sent no group "docs-team"',
  ]);
});
