/** Which groups people are in under a release: by name, by pattern, derived from attributes; and whose word counts. */
import { expect, test } from "vitest";
import type { Connector } from "../../model/environment/connector.ts";
import type { Environment } from "../../model/environment.ts";
import { groupIndex } from "../../model/groups.ts";
import { toRelease } from "../../model/release.ts";
import { populate, type Resources } from "../../policy/population.ts";
import { compileRelease } from "../../policy/program.ts";
import { withoutTwins } from "../../policy/twin.ts";

const connector = (parts: Partial<Connector>): Connector => ({
  idp: "scim",
  endpoint: { var: "SCIM_URL" },
  auth: { bearer: { var: "SCIM_TOKEN" }, allow: ["users", "groups"] },
  scope: "true",
  mapping: { account: 'user.userName.split("@")[0]' },
  groups: [],
  ...parts,
});

function population(connectors: Record<string, Connector>, resources: Partial<Resources>) {
  const environment: Environment = {
    delivery: { command: ["true"], destroy: "prevent" },
    variables: {},
    secrets: {},
    connectors,
    constraints: {},
    permissions: {},
    alerts: [],
  };
  const program = compileRelease(toRelease("test", environment));
  return populate(program, { users: [], groups: [], owners: new Map(), ...resources });
}

const owner = (connector: string, user: string) => ({ connector, user, externalId: null });

const user = (connector: string, id: string, resource: object = {}) => ({
  ...{ connector, id, claimed: null, identity: null, withheld: null },
  resource: { userName: `${id}@example.com`, active: true, ...resource },
});

const groupsOf = (found: ReturnType<typeof population>, account: string) =>
  [...(found.accounts.get(account)?.groups ?? [])].sort();

test("a name means one group, whichever way it is selected and written", () => {
  const groups = groupIndex({
    okta: connector({
      groups: ["Writers", { pattern: "HG-*" }, { pattern: "team ?" }, { name: "Leads", when: "true" }],
    }),
    entra: connector({ groups: [{ pattern: "hg-x*" }, "leads", "a/b"] }),
  });
  const keys = (name: string) => groups.resolve(name).map(({ key }) => key);
  expect(keys("WRITERS")).toEqual(["okta/Writers"]);
  expect(keys("okta/writers")).toEqual(["okta/Writers"]);
  expect(keys("Hg-Core")).toEqual(["okta/hg-core"]);
  expect(keys("OKTA/hg-CORE")).toEqual(["okta/hg-core"]);
  expect(keys("hg-xy")).toEqual(["okta/hg-xy", "entra/hg-xy"]);
  expect(keys("entra/hg-core")).toEqual([]);
  expect(keys("team 7")).toEqual(["okta/team 7"]);
  expect(keys("team 77")).toEqual([]);
  expect(keys("leads")).toEqual(["okta/Leads", "entra/leads"]);
  expect(keys("a/b")).toEqual(["entra/a/b"]);
  // what the identity provider calls like a derived group is not that group
  expect(groups.find("okta", "leads")).toBeUndefined();
  expect(groups.find("okta", "HG-Core")?.key).toBe("okta/hg-core");
});

test("who is in a group by pattern or by attributes", () => {
  const okta = connector({
    groups: [
      { pattern: "hg-*" },
      { name: "leads", when: 'user.?roles.orValue([]).exists(r, r.?value.orValue("") == "lead")' },
    ],
  });
  const found = population(
    { okta },
    {
      users: [user("okta", "ada", { roles: [{ value: "lead" }] }), user("okta", "bob")],
      groups: [
        { connector: "okta", displayName: "HG-Core", members: ["ada", "bob"] },
        { connector: "okta", displayName: "core", members: ["ada"] },
        { connector: "okta", displayName: "Leads", members: ["bob"] },
      ],
    },
  );
  expect(groupsOf(found, "ada")).toEqual(["okta/hg-core", "okta/leads"]);
  expect(groupsOf(found, "bob")).toEqual(["okta/hg-core"]);
});

test("who is in a twin is a subject of its own, and a name counts in whatever form it comes", () => {
  const okta = connector({ groups: ["HG-Core", { pattern: "team-*" }] });
  const group = (displayName: string, members: string[], isTwin = false) => ({
    ...{ connector: "okta", displayName, members, isTwin },
  });
  const found = population(
    { okta },
    {
      users: ["ada", "bob"].map((id) => user("okta", id)),
      groups: [
        group(" hg-core\u00a0", ["ada"]),
        group("HG-CORE", ["ada", "bob"], true),
        group("ｔeam-Straße", ["bob"]),
        group("lunch", ["bob"], true),
      ],
    },
  );
  expect(groupsOf(found, "ada")).toEqual(["!okta/HG-Core", "okta/HG-Core"]);
  expect(groupsOf(found, "bob")).toEqual(["!okta/HG-Core", "okta/team-strasse"]);
  expect(withoutTwins(groupsOf(found, "bob"))).toEqual(["okta/team-strasse"]);
});

test("a derived group that cannot be evaluated is a failure, never an absence", () => {
  const okta = connector({ groups: [{ name: "senior", when: 'int(user.?title.orValue("0")) > 3' }] });
  const found = population({ okta }, { users: [user("okta", "ada", { title: "x" })] });
  expect(found.accounts.size).toBe(0);
  expect(found.failures).toEqual([
    expect.stringMatching(/^user okta\/ada: derived group senior of connector okta: /),
  ]);
});

test("an extension's attributes are read of those whose connector declares it", () => {
  const hr = {
    schema: "urn:example:hr:2.0:User",
    attributes: { level: { type: "integer" as const, multiValued: false } },
  };
  const okta = connector({
    extensions: { hr },
    groups: [{ name: "senior", when: "user.?hr.?level.orValue(0) > 3" }],
  });
  const found = population(
    { okta },
    {
      users: [
        user("okta", "ada", { [hr.schema]: { level: 4 } }),
        user("okta", "bob", { [hr.schema]: { level: 3 } }),
        user("okta", "eve"),
      ],
    },
  );
  expect(["ada", "bob", "eve"].map((name) => groupsOf(found, name))).toEqual([["okta/senior"], [], []]);
});

test("of two connectors that speak of one account the one with the lower precedence counts", () => {
  const ranked = {
    okta: connector({ precedence: 1, scope: 'user.?userType.orValue("") != "contractor"' }),
    entra: connector({ precedence: 2 }),
  };
  const users = [
    user("entra", "ada"),
    user("okta", "ada"),
    // whoever has left by the first has left
    user("entra", "bob"),
    user("okta", "bob", { active: false }),
    user("okta", "eve", { userType: "contractor" }),
    user("entra", "eve"),
    user("entra", "zoe"),
  ];
  const named = ({ accounts }: ReturnType<typeof population>) =>
    [...accounts.values()].map(({ name, connector }) => `${connector}/${name}`).sort();
  const found = population(ranked, { users });
  expect(found.failures).toEqual([]);
  expect(named(found)).toEqual(["entra/zoe", "okta/ada"]);

  // of whom nobody has said that they are one person, its owner keeps it, and the other one waits
  const owners = new Map([["ada", owner("entra", "ada")]]);
  const waiting = population(ranked, { users, owners });
  expect(named(waiting)).toEqual(["entra/ada", "entra/zoe"]);
  expect(waiting.withheld).toEqual([{ connector: "okta", user: "ada", account: "ada", because: "owner" }]);
  const pairs = [{ account: "ada", one: owner("entra", "ada"), other: owner("okta", "ada") }];
  expect(named(population(ranked, { users, owners, pairs }))).toEqual(["entra/zoe", "okta/ada"]);
  // a pair is of one account, and of two identities
  for (const pair of [
    { ...pairs[0], account: "bob" },
    { ...pairs[0], one: owner("entra", "bob") },
    { ...pairs[0], other: owner("okta", "bob") },
  ])
    expect(named(population(ranked, { users, owners, pairs: [pair as (typeof pairs)[0]] }))).toEqual(
      named(waiting),
    );
  // a leaver who was given another name since has left all the same
  const renamed = { ...user("okta", "gone", { active: false }), spoken: "zoe" };
  expect(named(population(ranked, { users: [...users, renamed] }))).toEqual(["okta/ada"]);

  const unranked = { okta: connector({}), entra: connector({}) };
  expect(population(unranked, { users: users.slice(0, 2) }).failures).toEqual([
    "user okta/ada: its account belongs to another user (entra/ada)",
  ]);
  // an account whose user is gone stays reserved, whatever the ranks
  const reserved = population(ranked, { users, owners: new Map([["zoe", owner("okta", "gone")]]) });
  expect(reserved.accounts.has("zoe")).toBe(false);
  expect(reserved.withheld).toEqual([{ connector: "entra", user: "zoe", account: "zoe", because: "owner" }]);
});

test("a leaver of whom the first connector cannot say which account it means is a failure, not nobody", () => {
  const list = "user.?emails.orValue([])";
  const costly = `${list}.all(a, ${list}.all(b, has(a.value) || has(b.value))) ? "bob" : ""`;
  const ranked = {
    okta: connector({
      precedence: 1,
      scope: 'user.?userType.orValue("") != "contractor"',
      mapping: { account: costly },
    }),
    entra: connector({ precedence: 2 }),
  };
  const emails = Array.from({ length: 1_000 }, (_, i) => ({ value: `${i}@example.com` }));
  const told = "mapping.account of connector okta: it takes more than 500000 steps for this user";
  for (const more of [{ active: false }, { userType: "contractor" }, {}]) {
    const users = [user("entra", "bob"), user("okta", "bob", { ...more, emails })];
    expect(population(ranked, { users }).failures).toEqual([
      expect.stringContaining(`user okta/bob: ${told}`),
    ]);
  }
});
