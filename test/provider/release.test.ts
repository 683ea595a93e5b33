/** The resource against a real agent, call by call, as Terraform would make them. */
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { canonicalJson } from "../../model/canonical.ts";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import type { Agent } from "../../provider/agent.ts";
import { hgscim } from "../../provider/hgscim.ts";
import { type Config, type Diagnostic, type Plan, Unknown } from "../../provider/plugin/index.ts";
import { releaseResource } from "../../provider/release.ts";
import { type ReleaseState, type releaseSchema, toTexts } from "../../provider/release-text.ts";
import { type Harness, type ReleaseShape, startHarness } from "../agent/harness.ts";

const sources = {
  delivery: "environments/local.yaml:5:1",
  "delivery.agent.url": "environments/local.yaml:7:5",
  "delivery.agent.token": "environments/local.yaml:8:5",
  permissions: "shared/policy.yaml:26:1",
  "permissions.core": "shared/policy.yaml:27:3",
  "connectors.okta": "shared/policy.yaml:8:3",
  "secrets.okta-token": "environments/local.yaml:15:3",
};

let h: Harness;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
  process.env.HGSCIM_TEST_TOKEN = h.tokens.deployer;
  process.env.HGSCIM_TEST_CA = h.ca;
  process.env.HGSCIM_AUTHOR = "ada";
  process.env.HGSCIM_REVISION = "f00";
});
afterEach(async () => {
  for (const name of ["HGSCIM_TEST_TOKEN", "HGSCIM_TEST_CA", "HGSCIM_AUTHOR", "HGSCIM_REVISION"])
    delete process.env[name];
  await h.stop();
});

async function configure(
  url: string = h.agent.admin,
  token = "ref+env://HGSCIM_TEST_TOKEN",
  environment = "local",
): Promise<Agent> {
  const config = {
    environment,
    url,
    token,
    ca: "ref+env://HGSCIM_TEST_CA",
    sources: JSON.stringify(sources),
    folder: null,
  };
  const interrupted = new AbortController().signal;
  return (await hgscim.configure(config, { version: "1.11.4", interrupted })).client;
}

const configOf = (release: ReleaseData): ReleaseState => ({
  ...toTexts(release),
  accept: null,
  digest: null,
  policy_digest: null,
  access_file: null,
});

async function plan(
  agent: Agent,
  prior: ReleaseState | null,
  release: ReleaseData,
): Promise<Plan<typeof releaseSchema>> {
  const config = configOf(release);
  const proposed: Config<typeof releaseSchema> = { ...config, digest: Unknown, policy_digest: Unknown };
  return (await releaseResource.plan?.({ prior, config, proposed }, agent)) ?? { planned: proposed };
}

const create = (agent: Agent, release: ReleaseData) => {
  const config = configOf(release);
  return releaseResource.create({ config, planned: config }, agent);
};

const update = (agent: Agent, prior: ReleaseState, release: ReleaseData) => {
  const config = configOf(release);
  return releaseResource.update({ prior, config, planned: config }, agent);
};

const edited = (change: (release: ReleaseShape) => void) => h.release(change);
/** The same access, another digest. */
const withOwner = (owner: string) =>
  edited((release) => {
    release.permissions.core.owner = owner;
  });

async function created(agent: Agent, release: ReleaseData): Promise<ReleaseState> {
  const { state, diagnostics } = await create(agent, release);
  expect(diagnostics).toBeUndefined();
  if (!state) throw new Error("nothing was created");
  return state;
}

const activeDigest = async () => (await h.admin("GET", "/release")).body.digest;
const text = (diagnostics: readonly Diagnostic[] = []) =>
  diagnostics.map(({ severity, summary, detail }) => `${severity}: ${summary}\n${detail}`).join("\n");

async function hire(name: string, ...groups: string[]): Promise<void> {
  const user = await h.scim("POST", "/Users", { userName: `${name}@example.com`, active: true });
  for (const displayName of groups)
    await h.scim("POST", "/Groups", { displayName, members: [{ value: user.body.id }] });
}

test("what is planned is what is created, read and imported", async () => {
  const agent = await configure();
  const release = await h.release();
  const { planned, diagnostics } = await plan(agent, null, release);
  const { release: digest, policy } = digestsOf(release);
  expect(planned).toEqual({
    ...{ ...toTexts(release), accept: null, digest, policy_digest: policy },
    access_file: "as the release says",
  });
  expect(text(diagnostics)).toMatch(/^warning: local: 3 parts of this release have no effect here/);

  expect(await create(agent, release)).toEqual({ state: planned });
  expect(await releaseResource.read(planned as ReleaseState, agent)).toEqual({ state: planned });
  expect(await releaseResource.import?.("local", agent)).toEqual({ state: planned });
  const active = (await h.admin("GET", "/release")).body;
  expect(active.origin).toEqual({ sources, author: "ada", revision: "f00" });
});

test("without a change the agent is not even asked", async () => {
  const agent = await configure();
  const release = await h.release();
  const state = await created(agent, release);
  const nobody = await configure("http://127.0.0.1:9");
  expect(await plan(nobody, state, release)).toEqual({ planned: state });
});

test("what of a release has no effect is told in lines of the YAML", async () => {
  const agent = await configure();
  const state = await created(agent, await h.release());
  await hire("ada", "engineering", "core-team");
  const next = await edited((release) => {
    release.permissions.core.write = [];
  });
  const { diagnostics } = await plan(agent, state, next);
  expect(diagnostics).toEqual([
    {
      severity: "warning",
      summary: "local: 1 repository loses its last writers",
      detail: "  nobody can write core/api any more (1 account could)",
    },
    {
      severity: "warning",
      summary: "local: 6 parts of this release have no effect here",
      detail: [
        '  permissions.archive: "core/archive/**" matches no repository',
        '  permissions.core: "!core/archive/**" matches no repository (shared/policy.yaml:27:3)',
        '  permissions.releases: "releases/*" matches no repository',
        '  permissions.core: okta has sent no group "release-managers" (shared/policy.yaml:27:3)',
        '  permissions.docs: okta has sent no group "docs-team"',
        '  permissions.releases: okta has sent no group "release-managers"',
      ].join("\n"),
    },
  ]);
});

test("the end of a release is told in people", async () => {
  const agent = await configure();
  const state = await created(agent, await h.release());
  await hire("ada", "engineering", "core-team");
  const destroyed = await releaseResource.planDestroy?.(state, agent);
  expect(text(destroyed)).toContain("warning: local: 1 account loses all access to 2 repositories");
  expect(text(destroyed)).toContain("After it, nobody has access.");

  rmSync(h.config.repositories, { recursive: true });
  const blind = text(await releaseResource.planDestroy?.(state, await configure()));
  expect(blind).toContain(
    "warning: local: nobody can say who gains or loses access, since repositories cannot be listed",
  );
  expect(blind).toContain(`repositories: ${h.config.repositories} cannot be listed: it does not exist`);
  expect(blind).not.toContain("nobody gains");
});

test("drift is read, and none when no release is active", async () => {
  const agent = await configure();
  const release = await h.release();
  const state = await created(agent, release);
  const other = await withOwner("somebody");
  await h.deploy(other, state.digest);
  const { state: read } = await releaseResource.read(state, agent);
  expect(read).toMatchObject({ ...toTexts(other), digest: digestsOf(other).release });

  await h.admin("DELETE", "/release", { headers: { "If-Match": `"${read?.digest}"` } });
  expect(await releaseResource.read(state, await configure())).toEqual({ state: null });
});

test.each(["with a release", "without one"])(
  "the agent of another environment, %s, gets nothing",
  async (which) => {
    const ours = await h.release();
    const state = await created(await configure(), ours);
    if (which === "without one")
      await h.admin("DELETE", "/release", { headers: { "If-Match": `"${state.digest}"` } });
    const before = (await h.admin("GET", "/history")).body;
    const staging = await configure(undefined, undefined, "staging");
    const copy = await edited((release) => {
      release.environment = "staging";
    });
    const known: ReleaseState = { ...state, ...toTexts(copy) };
    const next = { ...copy, permissions: {} };
    const read = await releaseResource.read(known, staging);
    const imported = await releaseResource.import?.("staging", staging);
    const updated = await update(staging, known, next);
    const deleted = await releaseResource.delete(known, staging);
    const made = await create(staging, copy);
    for (const diagnostics of [
      read.diagnostics,
      imported?.diagnostics,
      (await plan(staging, null, copy)).diagnostics,
      (await plan(staging, known, next)).diagnostics,
      await releaseResource.planDestroy?.(known, staging),
      made.diagnostics,
      updated.diagnostics,
      deleted.diagnostics,
    ]) {
      expect(diagnostics).toHaveLength(1);
      expect(text(diagnostics)).toContain(
        `the agent at ${h.agent.admin} is that of local (expected that of staging).\n\nNothing has changed. `,
      );
      expect(text(diagnostics)).toMatch(/delivery\.agent\.url .*\(environments\/local\.yaml:7:5\)\.$/);
    }
    // what terraform knew stays known, and nothing is known that was not
    for (const { state: kept } of [read, updated, deleted]) expect(kept).toEqual(known);
    expect([imported?.state, made.state]).toEqual([null, null]);
    expect((await h.admin("GET", "/history")).body).toEqual(before);
  },
);

test("a change that starts from another release than the active one is refused and changes nothing", async () => {
  const agent = await configure();
  const state = await created(agent, await h.release());
  const theirs = await h.deploy(await withOwner("them"), state.digest);
  const ours = await withOwner("us");

  const planned = await plan(agent, state, ours);
  const updated = await update(agent, state, ours);
  const second = await create(agent, ours);
  const deleted = await releaseResource.delete(state, agent);
  for (const { diagnostics } of [planned, updated, deleted]) {
    expect(text(diagnostics)).toContain("error: The active release is not the one");
    expect(text(diagnostics)).toContain(`expected  ${state.digest}\n  active    ${theirs}`);
    expect(text(diagnostics)).toContain("plan again");
  }
  // an update that fails tells what is active, a creation leaves nothing
  expect(updated.state?.digest).toBe(theirs);
  expect(deleted.state?.digest).toBe(theirs);
  expect(second.state).toBeNull();
  expect(text(second.diagnostics)).toContain(`expected  none\n  active    ${theirs}`);
  expect(await activeDigest()).toBe(theirs);
});

test("a change that is there already is no conflict", async () => {
  const agent = await configure();
  const state = await created(agent, await h.release());
  const next = await withOwner("us");
  await h.deploy(next, state.digest);
  expect((await plan(agent, state, next)).diagnostics).toEqual([]);
  expect((await update(agent, state, next)).state?.digest).toBe(digestsOf(next).release);
  expect((await create(agent, next)).diagnostics).toBeUndefined();
});

test("an answer that is lost on its way is asked for again", async () => {
  const release = await h.release();
  const upstream = new URL(h.agent.admin);
  const proxy = createServer((incoming, answer) => {
    const outgoing = request(
      {
        host: upstream.hostname,
        port: upstream.port,
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
        ca: h.ca,
      },
      (reply) => {
        // of what is written: what is only asked is asked before it
        if (incoming.method === "PUT" || incoming.method === "DELETE") return incoming.socket.destroy();
        answer.writeHead(reply.statusCode ?? 0, reply.headers);
        reply.pipe(answer);
      },
    );
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const agent = await configure(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  const state = await created(agent, release);
  expect(state.digest).toBe(digestsOf(release).release);
  expect(await releaseResource.delete(state, agent)).toEqual({ state: null });
  expect((await h.admin("GET", "/release")).status).toBe(404);
  proxy.close();
});

test("a release that the agent cannot run is an error at plan and at apply, with its line", async () => {
  const agent = await configure();
  const state = await created(agent, await h.release());
  await hire("ada");
  const broken = await edited((release) => {
    release.connectors.okta.mapping.account = "user.emails[0].value";
  });
  const planned = await plan(agent, state, broken);
  expect(text(planned.diagnostics)).toContain("error: The agent would refuse this release");
  expect(text(planned.diagnostics)).toContain("(shared/policy.yaml:8:3)");
  const updated = await update(agent, state, broken);
  expect(text(updated.diagnostics)).toContain("error: Cannot activate the release of local");
  expect(text(updated.diagnostics)).toContain("(shared/policy.yaml:8:3)");
  expect(updated.state).toEqual(state);

  const forbidden = await edited((release) => {
    release.secrets["okta-token"].refs = ["ref+file:///etc/shadow"];
  });
  expect(text((await update(agent, state, forbidden)).diagnostics)).toContain("environments/local.yaml:15:3");
  expect(await activeDigest()).toBe(state.digest);
});

test("who may not deploy is told so at the line of the token, without the token", async () => {
  const release = await h.release();
  for (const [token, expected] of [
    [h.tokens.reader, "has the role reader (expected deployer)"],
    ["unknown-token", "the admin token is missing or unknown"],
  ] as const) {
    process.env.HGSCIM_TEST_TOKEN = token;
    const { state, diagnostics } = await create(await configure(), release);
    expect(state).toBeNull();
    expect(text(diagnostics)).toContain(expected);
    expect(text(diagnostics)).toContain("environments/local.yaml:8:5");
    expect(text(diagnostics)).not.toContain(token);
  }
  const { diagnostics } = await create(await configure("http://127.0.0.1:9"), release);
  expect(text(diagnostics)).toContain(
    "no answer from the agent at http://127.0.0.1:9: nothing listens there",
  );
  expect(text(diagnostics)).toContain("environments/local.yaml:7:5");
});

test("a reference that points at nothing is named with its line", async () => {
  await expect(configure(h.agent.admin, "ref+env://HGSCIM_NOT_THERE")).rejects.toThrow(
    "ref+env://HGSCIM_NOT_THERE: the environment variable HGSCIM_NOT_THERE is not set (environments/local.yaml:8:5)",
  );
  await expect(configure(h.agent.admin, "ref+vault://kv/admin#/token")).rejects.toThrow(
    "ref+vault://kv/admin#/token: an agent alone resolves it (expected ref+env://NAME or ref+file:///absolute/path) (environments/local.yaml:8:5)",
  );
});

test("an agent or a reference that this machine does not bind is told with its line, and gets nothing", async () => {
  const seen: unknown[] = [];
  const stranger = createServer(({ url, headers }, response) => {
    seen.push([url, headers.authorization]);
    response.end("{}");
  });
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const port = (stranger.address() as AddressInfo).port;
  const { host } = new URL(h.agent.admin);
  const bound = `${host}=ref+env://HGSCIM_TEST_TOKEN,${host}=ref+env://HGSCIM_TEST_CA`;
  try {
    await expect(configure("https://hg.example.com:7443")).rejects.toThrow(
      "this machine does not speak to hg.example.com:7443 (expected HGSCIM_AGENTS to name it) (environments/local.yaml:7:5)\n\n" +
        "When that is meant, set outside of the repository:\n" +
        "  export HGSCIM_AGENTS='hg.example.com:7443=ref+env://HGSCIM_TEST_TOKEN,hg.example.com:7443=ref+env://HGSCIM_TEST_CA'",
    );
    process.env.HGSCIM_AGENTS = bound;
    await expect(configure(`http://127.0.0.1:${port}`)).rejects.toThrow(
      `this machine does not speak to 127.0.0.1:${port} `,
    );
    await expect(configure(h.agent.admin, "ref+env://PATH")).rejects.toThrow(
      `ref+env://PATH is not for ${host} on this machine (expected HGSCIM_AGENTS to bind it) (environments/local.yaml:8:5)`,
    );
    // a reader's is enough for a plan
    process.env.HGSCIM_TEST_TOKEN = h.tokens.reader;
    const { diagnostics } = await plan(await configure(), null, await h.release());
    expect(diagnostics?.map(({ severity }) => severity)).not.toContain("error");
    expect(seen).toEqual([]);
  } finally {
    delete process.env.HGSCIM_AGENTS;
    stranger.close();
  }
});

test("a state of before, whose sets were lists, is brought up, and even unrefreshed is no change to activate", async () => {
  const agent = await configure();
  const release = await h.release();
  const state = await created(agent, release);
  const before = {
    ...state,
    permissions: { ...state.permissions, core: canonicalJson(release.permissions.core ?? null) },
  };
  expect(before).not.toEqual(state);
  expect(await releaseResource.upgrade?.(before, 0)).toEqual(state);
  const history = (await h.admin("GET", "/history")).body;
  expect(await update(agent, before, release)).toEqual({ state });
  expect((await h.admin("GET", "/history")).body).toEqual(history);
});

test("only canonical JSON is a configuration", async () => {
  const config = configOf(await h.release());
  expect(await releaseResource.validate?.(config)).toEqual([]);
  const odd: Config<typeof releaseSchema> = {
    ...config,
    permissions: { ...config.permissions, core: '{ "read": [] }', docs: Unknown },
    variables: Unknown,
  };
  expect(await releaseResource.validate?.(odd)).toEqual([
    {
      severity: "error",
      summary: "permissions.core is not canonical JSON (expected what synthesis wrote)",
      path: ["permissions", "core"],
    },
  ]);
});

test("who does not get the account that a release makes of them is told, and what an approver does", async () => {
  const agent = await configure();
  const state = await created(agent, await h.release());
  const enter = async (externalId: string) =>
    (await h.scim("POST", "/Users", { userName: "ann@example.com", externalId })).body.id;
  await h.scim("DELETE", `/Users/${await enter("A")}`);
  const next = await enter("B");
  const { diagnostics } = await plan(agent, state, await withOwner("x"));
  expect(text(diagnostics)).toContain(
    [
      "warning: local: 1 user does not get their account",
      `  user okta/${next} does not get account ann: it belongs to another identity`,
      "",
      "An approver says whose an account is, once the release is active: hgscim owners local --withheld.",
    ].join("\n"),
  );
});
