/** What a release makes of people is evaluated once for both sides of a comparison, where and only where both say the same of them. */
import { expect, test } from "vitest";
import { sideOf, sidesOf } from "../../agent/releases/sides.ts";
import type { Environment } from "../../model/environment.ts";
import { toRelease } from "../../model/release.ts";
import type { Resources } from "../../policy/population.ts";
import { compileRelease } from "../../policy/program.ts";
import { permissionSet } from "../policy/permission-set.ts";

const given: Environment = {
  delivery: { command: ["true"], destroy: "prevent" },
  variables: { DOMAIN: { type: "string", value: "example.com" } },
  secrets: {},
  connectors: {
    okta: {
      idp: "okta",
      endpoint: { var: "SCIM_URL" },
      auth: { bearer: { var: "SCIM_TOKEN" }, allow: ["users", "groups"] },
      scope: "user.userName.endsWith(vars.DOMAIN)",
      mapping: { account: 'user.userName.split("@")[0]' },
      groups: ["core"],
    },
  },
  constraints: {},
  permissions: { core: permissionSet({ repositories: ["core"], read: [], write: ["okta/core"] }) },
  alerts: [],
};
const program = (change: Partial<Environment> = {}) =>
  compileRelease(toRelease("test", { ...given, ...change }));

const people: Resources = {
  users: ["ada", "bob", "cy"].map((id) => ({
    ...{ connector: "okta", id, claimed: null, identity: null, withheld: null },
    resource: { userName: `${id}@example.com`, active: true },
  })),
  groups: [{ connector: "okta", displayName: "core", members: ["ada", "bob"] }],
  owners: new Map(),
};

const { okta } = given.connectors;
if (!okta) throw new Error("no connector");
const connector = (parts: Partial<typeof okta>) => program({ connectors: { okta: { ...okta, ...parts } } });

test("releases that differ in permissions alone have one population", () => {
  const next = program({ permissions: {} });
  const [before, after] = sidesOf(people, program(), next);
  expect(after.population).toBe(before.population);
  expect(after).toEqual(sideOf(people, next));
  expect([...before.population.accounts.keys()]).toEqual(["ada", "bob", "cy"]);
});

test.each([
  ["scope", connector({ scope: "false" })],
  ["mapping", connector({ mapping: { account: '"x-" + user.userName.split("@")[0]' } })],
  ["groups", connector({ groups: [] })],
  ["a variable", program({ variables: { DOMAIN: { type: "string", value: "else.com" } } })],
  [
    "a trigger",
    program({ constraints: { some: { trigger: { groups: ["okta/core"] }, otherwise: "reject" } } }),
  ],
  ["no release", null],
])("another %s is another population", (_, next) => {
  const [before, after] = sidesOf(people, program(), next);
  expect(after).toEqual(sideOf(people, next));
  expect(after.population).not.toEqual(before.population);
});

test("who is in the same groups shares the set of them", () => {
  const { accounts } = sideOf(people, program()).population;
  expect(accounts.get("ada")?.groups).toEqual(new Set(["okta/core"]));
  expect(accounts.get("bob")?.groups).toBe(accounts.get("ada")?.groups);
  expect(accounts.get("cy")?.groups).not.toBe(accounts.get("ada")?.groups);
});
