/** What permission sets give otherwise than before, by the files alone. */
import { expect, test } from "vitest";
import { ruleChanges } from "../../../report/review/rules.ts";
import { permissionSet } from "../../policy/permission-set.ts";

type Shape = Parameters<typeof permissionSet>[0];
const core: Shape = { repositories: ["core/**", "!core/old"], read: ["okta/all"], write: ["okta/team"] };

/** Each change in a line. */
function told(before: Shape | undefined, after: Shape | undefined): string[] {
  const side = (shape: Shape | undefined) => (shape ? { core: permissionSet(shape) } : {});
  return ruleChanges(side(before), side(after)).map(
    ({ entry, patterns, subject, direction, before, after, ...place }) => {
      const at = Object.values(place).map((pattern) => `#${pattern}`);
      return `${entry} ${patterns.join(",")}${at.join("")}: ${subject ?? "others"} ${direction}: ${before} → ${after}`;
    },
  );
}

test.each<[string, Shape | undefined, Shape | undefined, string[]]>([
  ["the same set", core, core, []],
  [
    "a set that goes",
    core,
    undefined,
    [
      "permissions.core core/**: okta/all loses: read → nothing",
      "permissions.core core/**: okta/team loses: read and push → nothing",
    ],
  ],
  [
    "a group that pushes no longer",
    core,
    { ...core, write: [] },
    ["permissions.core core/**: okta/team loses: read and push → nothing"],
  ],
  [
    "a group that is denied",
    core,
    { ...core, deny: { read: [], write: ["okta/team"] } },
    ["permissions.core core/**: okta/team loses: read and push → denied push"],
  ],
  [
    "what ends is less than what does not, and more the later it ends",
    {
      ...core,
      write: [
        { account: "ada", until: "2027-01-01" },
        { account: "bob", until: "2027-01-01" },
        { account: "cy" },
      ],
    },
    {
      ...core,
      write: [
        { account: "ada", until: "2028-01-01" },
        { account: "bob" },
        { account: "cy", until: "2027-01-01" },
      ],
    },
    [
      "permissions.core core/**: ada gains: read and push until 2027-01-01 → read and push until 2028-01-01",
      "permissions.core core/**: bob gains: read and push until 2027-01-01 → read and push",
      "permissions.core core/**: cy loses: read and push → read and push until 2027-01-01",
    ],
  ],
  [
    "a denial that ends is less of one",
    { ...core, deny: { read: [], write: [{ account: "ada" }] } },
    { ...core, deny: { read: [], write: [{ account: "ada", until: "2027-01-01" }] } },
    ["permissions.core core/**: ada gains: denied push → denied push until 2027-01-01"],
  ],
  [
    "patterns that come, go and stay",
    { ...core, repositories: ["core/**", "docs"], write: [] },
    { ...core, repositories: ["core/**", "web"], write: [] },
    [
      "permissions.core docs: okta/all loses: read → nothing",
      "permissions.core web: okta/all gains: nothing → read",
    ],
  ],
  [
    "an exclusion that comes, and one that goes",
    { ...core, write: [] },
    { ...core, write: [], repositories: ["core/**", "!core/new"] },
    [
      "permissions.core core/new: okta/all loses: read → nothing",
      "permissions.core core/old: okta/all gains: nothing → read",
    ],
  ],
  [
    "rules about branches",
    { ...core, branches: { stable: ["okta/a"], next: ["okta/a"] } },
    { ...core, branches: { stable: ["okta/b"], old: ["okta/a"] } },
    [
      "permissions.core core/**#next: others gains: no push → push",
      "permissions.core core/**#old: others loses: push → no push",
      "permissions.core core/**#stable: okta/a loses: push → no push",
      "permissions.core core/**#stable: okta/b gains: no push → push",
    ],
  ],
])("%s", (_, before, after, expected) => {
  expect(told(before, after)).toEqual(expected);
});
