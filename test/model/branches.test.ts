/** Rules that restrict branches, as they are written: what is refused at which line, and what is left to run time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkContradictions } from "../../model/check/contradictions.ts";
import type { PermissionSet } from "../../model/environment/permission-set.ts";
import { loadEnvironment } from "../../model/load.ts";
import { toEnvironment, toRelease } from "../../model/release.ts";
import { accessRules } from "../../policy/access.ts";
import { permissionSet } from "../policy/permission-set.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-branches-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (permissions: string) => {
  const file = join(folder, "one.yaml");
  writeFileSync(
    file,
    `delivery: { agent: { url: "http://127.0.0.1:7443", token: ref+env://TOKEN } }
variables:
  SCIM_BASE: { type: url, value: "http://127.0.0.1:7480/scim/v2" }
  SCIM_TOKEN: { type: secret, secret: token }
secrets: { token: { refs: [ref+env://SCIM] } }
connectors:
  okta:
    idp: okta
    endpoint: { var: SCIM_BASE }
    auth: { bearer: { var: SCIM_TOKEN } }
    mapping: { account: user.userName }
    groups: [writers, managers]
permissions:
${permissions}`,
  );
  return loadEnvironment(file);
};

async function problems(permissions: string): Promise<string[]> {
  const loaded = await load(permissions);
  return loaded.ok ? [] : loaded.error.map(({ at, message }) => `${at.line}:${at.column} ${message}`);
}

test("in a release rules have one form: groups of their connector, sorted, each once", async () => {
  const loaded = await load(
    `  core: { repositories: [core], write: [writers], branches: { "1.x": [writers, managers, okta/writers] } }
  docs: { repositories: [docs], read: [writers] }
  guard: { repositories: ["**"], branches: { stable: [managers] } }
`,
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { core, docs, guard } = loaded.value.release.permissions;
  expect(core?.branches).toEqual({ "1.x": ["okta/managers", "okta/writers"] });
  expect(docs?.branches).toEqual({});
  // a set may do nothing but restrict
  expect(guard).toMatchObject({ read: [], write: [], branches: { stable: ["okta/managers"] } });
});

test("a subject has one form, whatever it is written as, and the release reads back as the same", async () => {
  const write = (...subjects: string[]) =>
    load(`  core: { repositories: [core], write: [${subjects.join(", ")}], deny: {} }\n`);
  const rest = "reason: migration, approver: Carol";
  const one = await write("{ group: managers }", `{ account: bo, until: 2026-12-31, ${rest} }`, "writers");
  const other = await write(
    "okta/writers",
    `{ ${rest}, until: "2026-12-31T01:00:00+01:00", account: bo }`,
    "managers",
  );
  if (!one.ok || !other.ok) throw new Error(JSON.stringify([one, other]));
  const { release } = one.value;
  expect(release).toEqual(other.value.release);
  expect(release.permissions.core).toMatchObject({
    write: [
      "okta/managers",
      "okta/writers",
      { account: "bo", until: "2026-12-31T00:00:00Z", reason: "migration", approver: "Carol" },
    ],
    deny: { read: [], write: [] },
  });
  expect(toRelease("one", toEnvironment(release))).toEqual(release);
});

const core = (branches: string) =>
  `  core:\n    repositories: ["core/**"]\n    write: [writers]\n    branches: ${branches}\n`;

const notABranch =
  /^17:17 the key .*is not a branch \(expected a name that hg branch takes, such as stable, or a pattern such as stable-\*\)$/;

test.each([
  [
    "an unknown group",
    "{ stable: [manager] }",
    /^17:26 .*no connector selects .*"manager".* did you mean "managers"/,
  ],
  [
    "nobody",
    "{ stable: [] }",
    /^17:25 no group \(expected the groups whose members may push to the branch\)$/,
  ],
  ["a group twice", "{ stable: [managers, managers] }", /^17:36 .*twice/],
  ["one group without a list", "{ stable: managers }", /^17:25 text \(expected a list/],
  ["a list of branches", "[stable]", /^17:15 a list \(expected a map/],
  ["half a wildcard", '{ "release-**": [managers] }', /^17:17 .*is not a branch: "\*\*" stands for whole/],
  [
    "an exclusion",
    '{ "!stable": [managers] }',
    /^17:17 .*is not a branch: "!" before it \(expected a pattern/,
  ],
  ["a wildcard without quotes", "{ *: [managers] }", /^17:18 a key that begins with \* \(expected quotes/],
  ["a name reserved by Mercurial", "{ tip: [managers] }", notABranch],
  ["a revision number", '{ "42": [managers] }', notABranch],
  ["an empty name", '{ "": [managers] }', notABranch],
  ["a name with a colon", '{ "a:b": [managers] }', /^17:17 .*is not a branch: a colon in it/],
  ["a name with white space around it", '{ " stable": [managers] }', /^17:17 .*: a space at its beginning/],
  ["a name with a control character", '{ "a\\tb": [managers] }', /^17:17 U\+0009 in a pattern, which is not/],
  [
    "a name with a space of another kind",
    '{ "a\\u00a0b": [managers] }',
    /^17:17 U\+00A0 in a pattern, a space/,
  ],
])("is refused: %s", async (_, branches, expected) => {
  expect(await problems(core(branches))).toEqual([expect.stringMatching(expected)]);
});

test("names and patterns of names, with a space and beyond ASCII too", async () => {
  const loaded = await load(
    core(
      '{ stable: [managers], "release-*": [managers], größe/**: [managers], a b: [managers], "*": [managers] }',
    ),
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  expect(Object.keys(loaded.value.release.permissions.core?.branches ?? {})).toHaveLength(5);
});

const other = (repositories: string, branches: string) =>
  `  other: { repositories: [${repositories}], branches: { ${branches} } }\n`;

test("two rules for one branch with different groups, where both sets cover a repository", async () => {
  const [problem, ...more] = await problems(
    core("{ stable: [managers] }") + other("core/api", "stable: [writers]"),
  );
  expect(more).toEqual([]);
  expect(problem).toMatch(
    /^18:50 branch "stable" is for okta\/writers here and for okta\/managers in permission set "core" \(.*one\.yaml:17:17\), and both cover repositories such as core\/api \(expected the same groups in both\)$/,
  );
});

test("two rules for one pattern with different groups", async () => {
  const [problem, ...more] = await problems(
    core('{ "release/*": [managers] }') + other("core/api", '"release/*": [writers]'),
  );
  expect(more).toEqual([]);
  expect(problem).toMatch(/^18:50 branch "release\/\*" is for okta\/writers here and for okta\/managers in /);
});

test.each([
  ["the same groups, in other words", "core/api", "stable: [okta/managers]"],
  ["another branch", "core/api", "old: [writers]"],
  ["another repository", "docs", "stable: [writers]"],
  ["a pattern that matches the branch: both hold", "core/api", '"st*": [writers]'],
  ["a repository that is excluded", '"**", "!core/**"', "stable: [writers]"],
])("is no contradiction: %s", async (_, repositories, branches) => {
  expect(await problems(core("{ stable: [managers] }") + other(repositories, branches))).toEqual([]);
});

const segment = fc.constantFrom("a", "b", "ab", "*", "a*", "?b", "**");
const pattern = fc
  .tuple(fc.constantFrom("", "", "", "!"), fc.array(segment, { minLength: 1, maxLength: 3 }))
  .map(([not, segments]) => not + segments.join("/"));
const sets = (patterns: fc.Arbitrary<string>) =>
  fc.dictionary(
    fc.constantFrom("one", "two", "three"),
    fc
      .record({
        repositories: fc.uniqueArray(patterns, { minLength: 1, maxLength: 4 }),
        branches: fc.dictionary(fc.constantFrom("stable", "old"), fc.subarray(["x", "y"], { minLength: 1 })),
      })
      .map(permissionSet),
    { minKeys: 2 },
  );

/** Each report as [set, branch, the other set, a repository that both cover]. */
function contradictions(permissions: Record<string, PermissionSet>): string[][] {
  const found: string[][] = [];
  checkContradictions(
    permissions,
    (group) => group,
    (path) => ({ file: path.join("."), line: 0, column: 0 }),
    ([, set, , branch], _, message) => {
      const [, at = "", repository = ""] =
        /\(permissions\.(\w+)\..* such as (\S+)/.exec(String(message)) ?? [];
      found.push([String(set), String(branch), at, repository]);
    },
  );
  return found;
}

test("nothing is reported that cannot happen", () => {
  let reported = 0;
  fc.assert(
    fc.property(sets(pattern), (permissions) => {
      for (const [set = "", branch = "", other = "", repository = ""] of contradictions(permissions)) {
        const both = { [set]: permissions[set], [other]: permissions[other] } as typeof permissions;
        const { restrictions } = accessRules({ permissions: both }, 0).inRepository(repository);
        const rules = restrictions.find(({ place }) => place.branch === branch)?.rules ?? [];
        expect(rules).toHaveLength(2);
        expect(rules[0]).not.toEqual(rules[1]);
        reported++;
      }
    }),
    { numRuns: 500 },
  );
  expect(reported).toBeGreaterThan(50);
});

test("without wildcards nothing is missed", () => {
  const literal = fc.constantFrom("a", "b", "a/b", "!a", "!b");
  fc.assert(
    fc.property(sets(literal), (permissions) => {
      const disagree = ["a", "b", "a/b"].some((repository) =>
        accessRules({ permissions }, 0)
          .inRepository(repository)
          .restrictions.some(({ rules }) =>
            rules.some((rule) => [...rule].sort().join() !== [...(rules[0] ?? [])].sort().join()),
          ),
      );
      expect(contradictions(permissions).length > 0).toBe(disagree);
    }),
    { numRuns: 500 },
  );
});
