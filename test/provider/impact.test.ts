/** What a plan file keeps of an impact, as the data sources read it from a real agent. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestsOf, type ReleaseData } from "../../model/digest.ts";
import { releaseFileName } from "../../model/release-file-name.ts";
import type { Agent } from "../../provider/agent.ts";
import { hgscim } from "../../provider/hgscim.ts";
import { impactSource, verdictSource } from "../../provider/impact.ts";
import { type Harness, startHarness } from "../agent/harness.ts";

const sources = { "permissions.core": "shared/policy.yaml:27:3", permissions: "shared/policy.yaml:26:1" };

let h: Harness;
let folder: string;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
  process.env.HGSCIM_TEST_TOKEN = h.tokens.reader;
  process.env.HGSCIM_TEST_CA = h.ca;
  folder = mkdtempSync(join(tmpdir(), "hgscim-impact-"));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  for (const name of ["HGSCIM_TEST_TOKEN", "HGSCIM_TEST_CA", "HGSCIM_IMPACT"]) delete process.env[name];
  await h.stop();
});

/** As for one walk of Terraform's. */
async function configure(url: string = h.agent.admin): Promise<Agent> {
  const config = {
    environment: "local",
    url,
    token: "ref+env://HGSCIM_TEST_TOKEN",
    ca: "ref+env://HGSCIM_TEST_CA",
    sources: JSON.stringify(sources),
    folder: null,
  };
  const interrupted = new AbortController().signal;
  return (await hgscim.configure(config, { version: "1.11.4", interrupted })).client;
}

/** As Terraform runs a provider: in the stack's folder. */
async function inStack<T>(ask: () => T | Promise<T>): Promise<T> {
  const home = process.cwd();
  process.chdir(folder);
  try {
    return await ask();
  } finally {
    process.chdir(home);
  }
}

const asked = (digest: string) => ({ ...({} as Parameters<typeof impactSource.read>[0]), digest });

async function impactOf(digest: string, agent?: Agent) {
  const client = agent ?? (await configure());
  return (await inStack(() => impactSource.read(asked(digest), client))).state;
}

async function verdictOn(digest: string, agent?: Agent) {
  const client = agent ?? (await configure());
  return (await inStack(() => verdictSource.read({ digest }, client))).diagnostics;
}

function lay(release: ReleaseData, of = digestsOf(release).release): string {
  const { release: digest } = digestsOf(release);
  writeFileSync(join(folder, releaseFileName(of)), JSON.stringify({ digest, release, sources }));
  return digest;
}

/** Somebody who may push to core/api, and the release that takes that away. */
async function staffed(): Promise<{ active: string; next: string }> {
  const active = await h.deploy(await h.release());
  const user = await h.scim("POST", "/Users", { userName: "ada@example.com", active: true });
  for (const displayName of ["engineering", "core-team"])
    await h.scim("POST", "/Groups", { displayName, members: [{ value: user.body.id }] });
  const next = await h.release((release) => {
    release.permissions.core.write = [];
  });
  return { active, next: lay(next) };
}

test("an impact is told in lines of the YAML, people and repositories, and as numbers", async () => {
  const { active, next } = await staffed();
  const nothing = { branch: null, bookmark: null, path: null };
  expect(await impactOf(next)).toEqual({
    digest: next,
    changed: true,
    from: active,
    verdict: "1 account loses push on 1 repository",
    accounts: 1,
    lose: 1,
    gain: 0,
    entries: [{ entry: "permissions.core", kind: "changed", position: "shared/policy.yaml:27:3" }],
    changes: [{ account: "ada", repository: "core/api", ...nothing, before: "write", after: "read" }],
    later: [],
    omitted: 0,
  });
  expect(await verdictOn(next)).toEqual([
    {
      severity: "error",
      summary: "local: 1 account loses push on 1 repository",
      detail:
        "  ~ permissions.core (shared/policy.yaml:27:3)\n\n  ada loses push on core/api\n\nBefore it, 1 account has access.",
    },
  ]);
});

test("an entry that goes and one that comes are each told with their line", async () => {
  await staffed();
  const next = await h.release((release) => {
    delete release.permissions.core;
    release.permissions.extra = { ...release.permissions.docs, read: ["okta/core-team"], write: [] };
  });
  const [verdict] = (await verdictOn(lay(next))) ?? [];
  expect(verdict?.summary).toBe("local: 1 account loses all access to 1 repository");
  expect(verdict?.detail).toContain(
    "  - permissions.core (shared/policy.yaml:27:3)\n  + permissions.extra (shared/policy.yaml:26:1)\n",
  );
});

test("where the machine says so, nobody is named; a misspelt setting is refused", async () => {
  const { next } = await staffed();
  process.env.HGSCIM_IMPACT = "counts";
  const told = [await impactOf(next), await verdictOn(next)];
  expect(told[0]).toMatchObject({ lose: 1, verdict: "1 account loses push on 1 repository", changes: null });
  expect(JSON.stringify(told)).not.toMatch(/\bada\b/);
  expect(JSON.stringify(told)).toContain("shared/policy.yaml:27:3");

  process.env.HGSCIM_IMPACT = "count";
  for (const source of [impactSource, verdictSource])
    expect(await source.validate?.(asked(next))).toEqual([
      { severity: "error", summary: 'HGSCIM_IMPACT is "count" (expected names or counts)' },
    ]);
  await expect(impactOf(next)).rejects.toThrow("expected names or counts");
});

test("nothing is told of a release that is active, of one that cannot run, or by an agent that does not answer", async () => {
  const { active } = await staffed();
  const broken = await h.release((release) => {
    release.connectors.okta.mapping.account = "user.emails[0].value";
  });
  const cases: [string, Agent | undefined][] = [
    [active, undefined],
    [lay(broken), undefined],
    [lay(await h.release()), await configure("http://127.0.0.1:9")],
  ];
  for (const [digest, agent] of cases) {
    expect(await impactOf(digest, agent)).toMatchObject({
      digest,
      changed: false,
      lose: null,
      changes: null,
    });
    expect(await verdictOn(digest, agent)).toBeUndefined();
  }
});

test("a release file that is not as it was written is a sentence", async () => {
  const { next } = await staffed();
  const name = releaseFileName(next);
  lay(await h.release(), next);
  await expect(impactOf(next)).rejects.toThrow(`${name} is of sha256:`);
  writeFileSync(join(folder, name), "{");
  await expect(impactOf(next)).rejects.toThrow(`${name} is not JSON`);
  rmSync(join(folder, name));
  await expect(impactOf(next)).rejects.toThrow(`${name} is not there`);
});

test("what is written is asked anew", async () => {
  const { active, next } = await staffed();
  process.env.HGSCIM_TEST_TOKEN = h.tokens.deployer;
  const agent = await configure();
  expect(await impactOf(next, agent)).toMatchObject({ changed: true });
  const release = await h.release((edited) => {
    edited.permissions.core.write = [];
  });
  expect((await agent.client.activate({ release, origin: { sources } }, active)).ok).toBe(true);
  expect(await verdictOn(next, agent)).toBeUndefined();
});
