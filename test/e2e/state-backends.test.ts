/** States that are kept elsewhere, with the real terraform: locked, shared by checkouts, and as good as none when they are lost. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { type Finished, run } from "../cli/hgscim.ts";
import { long } from "../long.ts";
import { type HttpState, startHttpState } from "./http-state.ts";
import { startPostgresql } from "./postgresql.ts";
import { makeProject, type Project, policyFile, stateFile } from "./terraform-project.ts";

let h: Harness;
let project: Project;
let http: HttpState;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs", "releases/2026"]);
  project = await makeProject(h);
  http = await startHttpState();
});
afterEach(async () => {
  http.stop();
  project.remove();
  await h.stop();
});

const text = ({ stdout, stderr }: Finished) => stdout + stderr;
const flat = (finished: Finished) => text(finished).replace(/\s+/g, " ");
const active = async () => (await h.admin("GET", "/release")).body.digest;
const context = (of: Project, backend: object) =>
  of.edit("cdktf.json", (json) => JSON.stringify({ ...JSON.parse(json), context: { backend } }));
const overHttp = () => {
  const address = `${http.url}/{environment}`;
  return { http: { address, lock_address: address, unlock_address: address } };
};

test("two deploys at once on one PostgreSQL: one waits for the other, and nobody's is lost unsaid", async () => {
  const postgresql = await startPostgresql();
  const other = await makeProject(h);
  try {
    for (const one of [project, other]) {
      one.env.PG_CONN_STR = postgresql.address;
      context(one, { pg: { schema_name: "hgscim_{environment}" } });
    }
    const first = await project.hgscim("deploy", "local", "--yes");
    expect(first.code, text(first)).toBe(0);
    expect(existsSync(join(project.folder, stateFile))).toBe(false);
    expect(postgresql.query("select name from hgscim_local.states")).toBe("default\n");
    // both begin with the sample, each in its own checkout
    other.edit("environments/local.yaml", () => project.read("environments/local.yaml"));
    expect((await other.hgscim("plan", "local", "--detailed-exitcode")).code).toBe(0);

    project.edit(policyFile, (yaml) => yaml.replace("write: [core-team]", "write: [docs-team]"));
    other.edit(policyFile, (yaml) => yaml.replace("write: [core-team]", "write: [release-managers]"));
    const deploys = await Promise.all(
      [project, other].map((one) => one.hgscim("deploy", "local", "--yes", "--lock-timeout", "60s")),
    );
    const won = deploys.filter(({ code }) => code === 0);
    expect(won.length, deploys.map(text).join()).toBeGreaterThan(0);
    const digest = await active();
    expect(won.map(text).join()).toContain(digest);
    for (const lost of deploys.filter(({ code }) => code !== 0))
      expect(flat(lost)).toMatch(/Saved plan is stale|plan again/);
    const { resources } = JSON.parse(postgresql.query("select data from hgscim_local.states"));
    expect(JSON.stringify(resources)).toContain(digest);
  } finally {
    other.remove();
    postgresql.stop();
  }
});

long("cdktf keeps it there too, and a lock is waited for, told, and asked for by no plan", async () => {
  context(project, overHttp());
  const deployed = await project.cdktf("deploy", "local", "--auto-approve");
  expect(deployed.code, text(deployed)).toBe(0);
  expect([...http.states.keys()]).toEqual(["/local"]);
  expect(http.requests).toContain("LOCK /local");
  expect(http.locks.size).toBe(0);
  expect((await project.hgscim("plan", "local", "--detailed-exitcode")).code).toBe(0);

  http.locks.set("/local", JSON.stringify({ ID: "1" }));
  project.edit(policyFile, (yaml) => yaml.replace("write: [core-team]", "write: [docs-team]"));
  const planned = await project.hgscim("plan", "local", "--detailed-exitcode");
  expect(planned.code, text(planned)).toBe(2);
  const locked = await project.hgscim("deploy", "local", "--yes", "--lock-timeout", "1s");
  expect(locked.code).toBe(1);
  expect(flat(locked)).toContain("Error acquiring the state lock");
  expect(flat(locked)).toContain("already locked: ID=1");
  http.locks.clear();
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
});

long(
  "another stack reads where the SCIM services are and what is active, also when the release was so before there was a state",
  async () => {
    expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
    const own = JSON.parse((await project.terraform("output", "-json")).stdout);
    expect(own.digest.value).toBe(await active());
    expect(own.scim_addresses.value).toEqual({ okta: "https://127.0.0.1:7480/scim/okta/v2" });

    rmSync(join(project.folder, stateFile));
    context(project, overHttp());
    expect((await project.hgscim("plan", "local", "--detailed-exitcode")).code).toBe(0);
    const filled = await project.hgscim("deploy", "local", "--yes");
    expect(filled.code, text(filled)).toBe(0);
    const other = join(project.folder, "other");
    mkdirSync(other);
    const release = { backend: "http", config: { address: `${http.url}/local` } };
    writeFileSync(
      join(other, "main.tf.json"),
      JSON.stringify({
        data: { terraform_remote_state: { release } },
        output: { read: { value: `\${data.terraform_remote_state.release.outputs}` } },
      }),
    );
    const inOther = (...args: string[]) => run("terraform", args, { cwd: other, env: project.env });
    for (const args of [["init"], ["apply", "-auto-approve"]]) expect((await inOther(...args)).code).toBe(0);
    const { read } = JSON.parse((await inOther("output", "-json")).stdout);
    expect(Object.keys(read.value)).toEqual(["digest", "policy_digest", "scim_addresses"]);
    expect(read.value).toMatchObject({ digest: own.digest.value, scim_addresses: own.scim_addresses.value });

    expect((await project.terraform("plan", "-detailed-exitcode")).code).toBe(0);
    expect(text(await project.hgscim("deploy", "local", "--yes"))).not.toContain("Apply complete!");
  },
);

long("a state that is lost, foreign or no state at all where it is kept", async () => {
  context(project, overHttp());
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  const kept = http.states.get("/local") ?? "";
  const plan = () => project.hgscim("plan", "local", "--detailed-exitcode");

  http.states.clear();
  expect((await plan()).code).toBe(0);

  http.states.set("/local", kept.replaceAll('"environment": "local"', '"environment": "staging"'));
  const foreign = await plan();
  expect(foreign.code).toBe(1);
  expect(flat(foreign)).toContain("This state is of the environment staging, and not of local");

  http.states.set("/local", "{");
  const corrupt = await plan();
  expect(corrupt.code).toBe(1);
  expect(flat(corrupt)).toContain("Unsupported state file format");
  expect(text(corrupt)).not.toMatch(/^\s+at /m);
});

long(
  "moving from the project's folder to a backend and back needs nothing, and a misspelt one is a sentence",
  async () => {
    expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
    const digest = await active();
    context(project, overHttp());
    expect((await project.hgscim("plan", "local", "--detailed-exitcode")).code).toBe(0);
    project.edit("cdktf.json", (json) => JSON.stringify({ ...JSON.parse(json), context: {} }));
    rmSync(join(project.folder, stateFile));
    expect((await project.hgscim("plan", "local", "--detailed-exitcode")).code).toBe(0);
    expect(await active()).toBe(digest);

    context(project, { http: { address: http.url } });
    for (const run of [() => project.hgscim("plan", "local"), () => project.cdktf("synth")]) {
      const refused = await run();
      expect(refused.code).toBe(1);
      expect(flat(refused)).toContain(
        "cdktf.json: context.backend is one state for every environment (expected {environment} in its settings",
      );
      expect(text(refused)).not.toMatch(/^\s+at /m);
    }
    project.edit("cdktf.json", () => "{");
    const broken = await project.hgscim("plan", "local");
    expect([broken.code, broken.stderr]).toEqual([
      1,
      "cdktf.json is not JSON (expected the project's settings for cdktf)\n",
    ]);
  },
);
