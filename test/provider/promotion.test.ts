/** Promotion between two real agents: production takes only a policy that staging has run for the declared time. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import type { Promotion } from "../../model/environment/delivery.ts";
import { type Harness, type ReleaseShape, startHarness } from "../agent/harness.ts";
import { type Calls, callsTo, textOf } from "./calls.ts";

const hour = 3_600_000;
const sources = {
  promote: "environments/production.yaml:12:1",
  "promote.from": "environments/production.yaml:13:3",
  "promote.soak": "environments/production.yaml:14:3",
  "promote.agent.url": "environments/production.yaml:16:5",
  "promote.agent.token": "environments/production.yaml:17:5",
  "permissions.core": "environments/shared/policy.yaml:27:3",
};

let now: number;
/** By how much the system's clock of staging is wrong. */
let off: number;
let staging: Harness;
let production: Harness;
let calls: Calls;
let promote: Promotion;
beforeEach(async () => {
  now = Date.UTC(2026, 0, 5, 10);
  off = 0;
  staging = await startHarness([], { environment: "staging" }, { clock: () => now + off, uptime: () => now });
  production = await startHarness([], { environment: "production" });
  process.env.HGSCIM_STAGING_TOKEN = staging.tokens.reader;
  process.env.HGSCIM_STAGING_CA = staging.ca;
  promote = {
    from: "staging",
    soak: "24h",
    agent: {
      url: staging.agent.admin,
      token: "ref+env://HGSCIM_STAGING_TOKEN",
      ca: "ref+env://HGSCIM_STAGING_CA",
    },
  };
  calls = await callsTo(production, sources);
});
afterEach(async () => {
  for (const name of ["HGSCIM_STAGING_TOKEN", "HGSCIM_STAGING_CA"]) delete process.env[name];
  await staging.stop();
  await production.stop();
});

type Edit = (release: ReleaseShape) => void;
const forStaging = (edit?: Edit) =>
  staging.release((release) => {
    release.environment = "staging";
    edit?.(release);
  });
const forProduction = (edit?: Edit) =>
  production.release((release) => {
    release.environment = "production";
    release.settings.promote = promote;
    edit?.(release);
  });
const patchSchemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
const patch = (value: object) => ({ schemas: patchSchemas, Operations: [{ op: "replace", value }] });
const policyOf = (release: ReleaseData) => digestsOf(release).policy;
const withoutTeam: Edit = (release) => {
  release.permissions.core.write = [];
};
const otherSize: Edit = (release) => {
  release.variables.SCIM_PAGE_SIZE.value = 700;
};

/** What stands in the way, at plan and at apply alike; nothing was changed by either. */
async function refused(release: ReleaseData, line = "13:3"): Promise<string> {
  const before = (await production.admin("GET", "/history")).body.entries.length;
  const planned = await calls.plan(null, release);
  const errors = planned.diagnostics?.filter(({ severity }) => severity === "error") ?? [];
  expect(errors).toHaveLength(1);
  const applied = await calls.apply(null, release);
  expect(applied.state).toBeNull();
  expect(applied.diagnostics).toEqual(errors);
  expect(errors[0]?.path).toEqual(["settings", "promote"]);
  const text = textOf(errors);
  expect(text).toContain(
    `Nothing has changed. promote asks that staging has run a policy for 24h before it comes to production (environments/production.yaml:${line}).`,
  );
  expect((await production.admin("GET", "/history")).body.entries).toHaveLength(before);
  return text;
}

test("what staging never ran does not come, and the difference is shown", async () => {
  const next = await forProduction(withoutTeam);
  expect(await refused(next)).toContain(
    `error: production: staging does not run this policy\n  this policy  ${policyOf(next)}\n  staging runs none`,
  );

  const there = await forStaging();
  await staging.deploy(there);
  const text = await refused(next);
  expect(text).toContain(`  this policy  ${policyOf(next)}\n  staging runs ${policyOf(there)}`);
  expect(text).toContain("  ~ permissions.core (environments/shared/policy.yaml:27:3)\n");
  expect(text).not.toContain("permissions.docs");
  expect(text).not.toContain("connectors.okta");
});

test("it comes when staging has run it for the time, and not a moment before", async () => {
  await staging.deploy(await forStaging());
  const release = await forProduction();
  expect(await refused(release, "14:3")).toContain(
    "error: production: staging must run this policy for another 1 d",
  );
  now += 20 * hour;
  expect(await refused(release, "14:3")).toContain("staging must run this policy for another 4 h");
  expect(await refused(release, "14:3")).toContain(
    "staging runs it since 2026-01-05T10:00:00.000Z, that is for 20 h.",
  );
  now += 4 * hour - 1;
  expect(await refused(release, "14:3")).toContain("staging must run this policy for another 1 s");
  now += 1;
  const state = await calls.applied(null, release);
  expect(state.policy_digest).toBe(policyOf(release));
});

test("a clock that is set makes no policy run longer, and one in doubt lets nothing pass", async () => {
  off = -72 * hour;
  const fresh = await startHarness(
    [],
    { environment: "staging" },
    { clock: () => now + off, uptime: () => now },
  );
  try {
    process.env.HGSCIM_STAGING_TOKEN = fresh.tokens.reader;
    process.env.HGSCIM_STAGING_CA = fresh.ca;
    promote = { ...promote, agent: { ...promote.agent, url: fresh.agent.admin } };
    // it knew no other time when it was activated
    await fresh.deploy(await forStaging());
    off = 0;
    now += 1_000;
    expect(await refused(await forProduction(), "14:3")).toContain(
      "staging must run this policy for another 23 h 59 min",
    );
    off = -72 * hour;
    now += 24 * hour;
    const text = await refused(await forProduction(), "16:5");
    expect(text).toContain("error: production: staging cannot be asked whether it runs this policy");
    expect(text).toContain("the clock is in doubt: the system's says 2026-01-03T10:00:01Z");
    expect(text).toContain("Expected the agent of staging to be put right first.");
    off = 0;
    await calls.applied(null, await forProduction());
  } finally {
    await fresh.stop();
  }
});

test("other bindings on staging do not begin anew, another policy does", async () => {
  const first = await staging.deploy(await forStaging());
  now += 23 * hour;
  const second = await staging.deploy(await forStaging(otherSize), first);
  now += hour;
  expect(textOf((await calls.plan(null, await forProduction())).diagnostics)).not.toContain("error");

  const third = await staging.deploy(await forStaging(withoutTeam), second);
  now += hour;
  await staging.deploy(await forStaging(), third);
  expect(await refused(await forProduction(), "14:3")).toContain(
    "staging must run this policy for another 1 d",
  );
});

test("connectors must have been tried there: each step, as the agent has seen it, and not too long ago", async () => {
  // no longer than it is old, so that the soak is over
  promote = { ...promote, soak: "0s", connectorTest: { within: "30d" } };
  const first = await staging.deploy(await forStaging());
  /** Watches what is done, and has the agent keep it. */
  const watched = async (act: () => Promise<unknown>) => {
    const ask = async (path: string, options = {}) =>
      (
        await staging.admin(path.startsWith("/c") ? "POST" : "GET", path, {
          token: staging.tokens.reader,
          ...options,
        })
      ).body;
    const { run, last: after } = await ask("/requests?connector=okta&after=0");
    await act();
    return ask("/connector-tests", { body: { connector: "okta", run, after } });
  };
  const refusedBy = async () => {
    const planned = await calls.plan(null, await forProduction());
    const errors = planned.diagnostics?.filter(({ severity }) => severity === "error") ?? [];
    expect(errors.map(({ path }) => path)).toEqual([["settings", "promote"]]);
    expect((await calls.apply(null, await forProduction())).diagnostics).toEqual(errors);
    return textOf(errors);
  };
  const none = await refusedBy();
  expect(none).toContain("error: production: connector okta must be tried at staging");
  expect(none).toContain("  okta: create did not come while anybody watched\n");
  expect(none).toContain(
    "Run hgscim connector test staging okta, and press meanwhile:\n  test connection: Provisioning > ",
  );
  expect(none).toContain("  create: Assignments > Assign: a test user\n");
  expect(none).toContain(
    "and that its connectors were tried there within 30d (environments/production.yaml:12:1).",
  );

  let user = "";
  let group = "";
  const create = async () => {
    user = (await staging.scim("POST", "/Users", { userName: "test@example.com", active: true })).body.id;
  };
  // what nobody watched counts for nothing
  await create();
  expect(await refusedBy()).toContain("okta: create did not come");
  await staging.scim("DELETE", `/Users/${user}`);
  const kept = await watched(async () => {
    await create();
    await staging.scim("POST", "/Users", { userName: "test@example.com" });
    await staging.scim("PATCH", `/Users/${user}`, patch({ name: { familyName: "Married" } }));
    group = (await staging.scim("POST", "/Groups", { displayName: "testers", members: [{ value: user }] }))
      .body.id;
  });
  expect(kept.steps.map(({ step, outcome }: Record<string, string>) => [step, outcome])).toEqual([
    ["connection", "done"],
    ["create", "refused"],
    ["update", "done"],
    ["group", "done"],
  ]);
  const some = await refusedBy();
  expect(some).toContain("  okta: create was refused the last time\n  okta: role change did not come");
  expect(some).not.toContain("okta: update");

  // in several goes, over a start of the agent and another policy of something else
  now += hour;
  await staging.restart();
  promote = { ...promote, agent: { ...promote.agent, url: staging.agent.admin } };
  await staging.deploy(await forStaging(withoutTeam), first);
  await watched(async () => {
    const other = await staging.scim("POST", "/Users", { userName: "next@example.com", active: true });
    await staging.scim("PATCH", `/Groups/${group}`, {
      schemas: patchSchemas,
      Operations: [{ op: "add", path: "members", value: [{ value: other.body.id }] }],
    });
    await staging.scim("PATCH", `/Users/${user}`, patch({ active: false }));
    await staging.scim("PATCH", `/Users/${user}`, patch({ active: true }));
    await staging.scim("DELETE", `/Groups/${group}`);
  });
  // who is turned away takes nothing back
  await watched(() => staging.scim("GET", "/Users", undefined, "somebody-elses-token-0123456789"));
  expect((await calls.plan(null, await forProduction(withoutTeam))).diagnostics ?? []).not.toContainEqual(
    expect.objectContaining({ severity: "error" }),
  );

  now += 30 * 24 * hour;
  const old = textOf((await calls.plan(null, await forProduction(withoutTeam))).diagnostics);
  expect(old).toMatch(/okta: update was done 30 d 1 h ago \(expected within 30d\)/);
  expect(old).not.toContain("okta: create");

  // of another mapping nobody knows anything
  promote = { ...promote, connectorTest: { steps: ["create", "deactivate"], within: "30d" } };
  const mapped: Edit = (release) => {
    withoutTeam(release);
    release.connectors.okta.mapping.account = "user.userName";
  };
  const active = (await staging.admin("GET", "/release")).body.digest;
  await staging.deploy(await forStaging(mapped), active);
  const another = textOf((await calls.plan(null, await forProduction(mapped))).diagnostics);
  expect(another).toContain(
    "  okta: create did not come while anybody watched\n  okta: deactivate did not come",
  );
  expect(another).not.toContain("okta: update");
});

test("what is to be kept is what the agent has seen, since it was started, under the policy that runs", async () => {
  const first = await staging.deploy(await forStaging());
  const keep = async (body: object) => (await staging.admin("POST", "/connector-tests", { body })).body;
  const { run } = (await staging.admin("GET", "/requests?connector=okta&after=0")).body;
  await staging.scim("POST", "/Users", { userName: "test@example.com" });
  expect((await keep({ connector: "okta", run, after: 0 })).steps).toHaveLength(2);
  expect((await keep({ connector: "okta", run, after: 1 })).steps).toEqual([]);
  expect((await keep({ connector: "other", run, after: 0 })).steps).toEqual([]);
  expect((await keep({ connector: "okta", run: "another", after: 0 })).error.message).toContain(
    "started anew",
  );
  expect((await keep({ connector: "okta", run, after: 0, steps: ["delete"] })).error.message).toContain(
    "not what was watched",
  );
  await staging.deploy(await forStaging(withoutTeam), first);
  expect((await keep({ connector: "okta", run, after: 0 })).steps).toEqual([]);
});

test("a plan of yesterday is refused when staging went on meanwhile", async () => {
  const first = await staging.deploy(await forStaging());
  now += 24 * hour;
  const release = await forProduction();
  expect(textOf((await calls.plan(null, release)).diagnostics)).not.toContain("error");
  await staging.deploy(await forStaging(withoutTeam), first);
  const late = await calls.apply(null, release);
  expect(late.state).toBeNull();
  expect(textOf(late.diagnostics)).toContain("staging does not run this policy");
});

test("bindings change in production whatever staging runs, since the policy is there already", async () => {
  const first = await staging.deploy(await forStaging());
  now += 24 * hour;
  const release = await forProduction();
  const state = await calls.applied(null, release);
  await staging.deploy(await forStaging(withoutTeam), first);
  // also when the state was lost, and the release is to be created once more
  expect(await calls.apply(null, release)).toEqual({ state });
  const after = await calls.applied(state, await forProduction(otherSize));
  expect(after.policy_digest).toBe(state.policy_digest);
  const { diagnostics } = await calls.plan(after, await forProduction(withoutTeam));
  expect(textOf(diagnostics)).toContain("staging must run this policy for another 1 d");
});

test("who cannot be asked, or is another, lets nothing through", async () => {
  const release = await forProduction();
  process.env.HGSCIM_STAGING_TOKEN = "wrong";
  expect(await refused(release, "17:5")).toContain("point at a reader's token of the agent of staging");
  delete process.env.HGSCIM_STAGING_TOKEN;
  expect(await refused(release, "17:5")).toContain(
    "ref+env://HGSCIM_STAGING_TOKEN: the environment variable HGSCIM_STAGING_TOKEN is not set",
  );
  process.env.HGSCIM_STAGING_TOKEN = production.tokens.reader;
  process.env.HGSCIM_STAGING_CA = production.ca;
  promote = { ...promote, agent: { ...promote.agent, url: production.agent.admin } };
  expect(await refused(await forProduction(), "16:5")).toContain(
    `the agent at ${production.agent.admin} is that of production (expected that of staging).\n\nExpected promote.agent.url to be the admin address of the agent of staging`,
  );

  promote = { ...promote, agent: { ...promote.agent, url: "https://127.0.0.1:9" } };
  const unreachable = await refused(await forProduction(), "16:5");
  expect(unreachable).toContain("error: production: staging cannot be asked whether it runs this policy");
  expect(unreachable).toContain("no answer from the agent at https://127.0.0.1:9: nothing listens there");
});

test("the agent before is asked only where this machine binds it, and with that reference alone", async () => {
  const release = await forProduction();
  const hosts = [production, staging].map(({ agent }) => new URL(agent.admin).host);
  const bound = [
    `${hosts[0]}=ref+env://HGSCIM_CALLS_TOKEN`,
    `${hosts[0]}=ref+env://HGSCIM_CALLS_CA`,
    `${hosts[1]}=ref+env://HGSCIM_STAGING_CA`,
  ].join(",");
  try {
    process.env.HGSCIM_AGENTS = bound;
    const text = await refused(release, "17:5");
    expect(text).toContain(
      `error: production: staging cannot be asked whether it runs this policy\nref+env://HGSCIM_STAGING_TOKEN is not for ${hosts[1]} on this machine (expected HGSCIM_AGENTS to bind it).`,
    );
    expect(text).toContain(
      `\n  export HGSCIM_AGENTS='${bound},${hosts[1]}=ref+env://HGSCIM_STAGING_TOKEN'\n`,
    );
    process.env.HGSCIM_AGENTS = `${bound} ${hosts[1]}=ref+env://HGSCIM_STAGING_TOKEN`;
    expect(await refused(release)).toContain("staging does not run this policy");
  } finally {
    delete process.env.HGSCIM_AGENTS;
  }
});
