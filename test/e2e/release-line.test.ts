/** The line that a release must pass, with the real terraform: bounds, promotion, and the way back. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { long } from "../long.ts";
import { flat, localFile, makeProject, type Project, policyFile, stateFile } from "./terraform-project.ts";

let h: Harness;
let project: Project;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
  project = await makeProject(h);
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const activeDigest = async () => (await h.admin("GET", "/release")).body.digest;
const state = () =>
  JSON.parse(project.read(stateFile)).resources.find(({ mode }: { mode: string }) => mode === "managed")
    ?.instances[0].attributes;

async function deploy(): Promise<string> {
  const deployed = await project.hgscim("deploy", "local", "--yes");
  expect(deployed.code, deployed.stdout + deployed.stderr).toBe(0);
  return activeDigest();
}
const takePushAway = () =>
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));
const lineOf = (text: string) =>
  project
    .read(localFile)
    .split("\n")
    .findIndex((line) => line.startsWith(text)) + 1;

test("a deploy beyond the bounds stops until the file accepts exactly that", async () => {
  project.edit(localFile, (text) => `${text}\nbounds: { lose: 10%, protected: [release-managers] }\n`);
  const first = await deploy();
  await staff(h, { "core-team": ["ada", "bob"], "release-managers": ["bob"] });
  takePushAway();

  const planned = await project.hgscim("plan", "local");
  expect(planned.code).toBe(1);
  const said = flat(planned);
  expect(said).toContain("Warning: local: 2 accounts lose all access to 1 repository");
  expect(said).toContain("Error: local: more people would lose access than its bounds allow");
  const line = lineOf("bounds:");
  expect(said).toContain(
    `2 of 2 accounts with access lose a right: ada, bob (bounds.lose is 10%, above 0) (environments/local.yaml:${line}:`,
  );
  expect(said).toContain("bob loses a right in spite of a protected group");
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(1);
  expect(await activeDigest()).toBe(first);

  const [accept = ""] = /accept: \{ .*? \}/.exec(said) ?? [];
  expect(accept).toBe(`accept: { from: ${first}, lose: 2, gain: 0, protected: [bob] }`);
  project.edit(localFile, (text) => `${text}${accept}\n`);
  const second = await deploy();
  expect(second).not.toBe(first);
  expect(JSON.parse(state().accept)).toEqual({ from: first, lose: 2, gain: 0, protected: ["bob"] });
  const left = flat(await project.hgscim("plan", "local"));
  expect(left).toContain("No changes.");
  expect(left).toMatch(/Warning: local: accept is not needed .*\(environments\/local\.yaml:\d+:1\)/);

  // the next change must not find it there any more
  project.edit(policyFile, (text) =>
    text.replace("read: [engineering]", "read: [engineering, release-managers]"),
  );
  const stale = flat(await project.hgscim("plan", "local"));
  expect(stale).toContain("Error: local: accept is about another release");
  expect(stale).toContain(`accept.from is ${first}, but ${second} is active (environments/local.yaml:`);
  project.edit(localFile, (text) => text.replace(/^accept:.*\n/m, ""));
  await deploy();
  expect(state().accept).toBeNull();
  expect(flat(await project.hgscim("plan", "local"))).not.toContain("accept is not needed");
});

long("taking accept out of the file is no change", async () => {
  const first = await deploy();
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [core-team, docs-team]"));
  project.edit(localFile, (text) => `${text}\naccept: { from: ${first}, lose: 1 }\n`);
  const planned = await project.hgscim("plan", "local");
  expect(planned.code).toBe(0);
  expect(flat(planned)).toContain("Warning: local: accept is not needed");
  const second = await deploy();
  project.edit(localFile, (text) => text.replace(/^accept:.*\n/m, ""));
  expect(flat(await project.hgscim("plan", "local"))).toContain("No changes.");
  expect(await activeDigest()).toBe(second);
});

test("a policy comes when the environment before it has run it long enough, at plan and at apply, approved or not", async () => {
  let now = Date.UTC(2026, 0, 5, 10);
  const staging = await startHarness([], { environment: "staging" }, { clock: () => now });
  try {
    const release = await staging.release((draft) => {
      draft.environment = "staging";
    });
    await staging.deploy(release);
    writeFileSync(join(project.folder, "staging-token"), staging.tokens.reader);
    writeFileSync(join(project.folder, "staging-ca.pem"), staging.ca);
    const secret = (file: string) => `ref+file://${join(project.folder, file)}`;
    const agent = `{ url: "${staging.agent.admin}", token: ${secret("staging-token")}, ca: ${secret("staging-ca.pem")} }`;
    project.edit(localFile, (text) => `${text}\npromote:\n  { from: staging, soak: 2h, agent: ${agent} }\n`);

    now += 30 * 60_000;
    const early = await project.hgscim("plan", "local");
    expect(early.code).toBe(1);
    expect(flat(early)).toContain("Error: local: staging must run this policy for another 1 h 30 min");
    expect(flat(early)).toContain(`(environments/local.yaml:${lineOf("promote:") + 1}:20)`);
    // it is approved, and staging attests it as little as before
    const reviewed = JSON.parse((await project.hgscim("review", "local", "--format", "json")).stdout);
    expect(reviewed.promotion.obstacle[0]).toContain("staging must run this policy for another 1 h 30 min");
    expect(reviewed.approval).toMatch(/^hgscim1:local:[0-9a-f]{64}:none:/);
    project.env.HGSCIM_APPROVED = reviewed.approval;
    const approved = await project.hgscim("deploy", "local", "--yes");
    expect(approved.code).toBe(1);
    expect(flat(approved)).toContain("Error: local: staging must run this policy for another 1 h 30 min");
    expect((await h.admin("GET", "/release")).status).toBe(404);

    now += 90 * 60_000;
    expect((await project.terraform("plan", "-out=kept.tfplan")).code).toBe(0);
    // a plan that was right is not right for ever
    await staging.deploy(
      await staging.release((draft) => {
        draft.environment = "staging";
        draft.permissions.core.write = [];
      }),
      (await staging.admin("GET", "/release")).body.digest,
    );
    const late = await project.terraform("apply", "kept.tfplan");
    expect(late.code).toBe(1);
    expect(flat(late)).toContain("Error: local: staging does not run this policy");
    expect(flat(late)).toContain("~ permissions.core (environments/shared/policy.yaml:");
    expect((await h.admin("GET", "/release")).status).toBe(404);

    await staging.deploy(release, (await staging.admin("GET", "/release")).body.digest);
    now += 2 * 3_600_000;
    await deploy();
    expect((await h.admin("GET", "/history")).body.entries[0].approval.effect).toBe(
      `sha256:${reviewed.approval.split(":")[5]}`,
    );
    for (const text of project.files().values())
      if (text !== staging.tokens.reader) expect(text).not.toContain(staging.tokens.reader);
  } finally {
    await staging.stop();
  }
});

long("rollback --now is a difference at the next plan, until the text is restored too", async () => {
  const first = await deploy();
  takePushAway();
  const second = await deploy();
  const back = await project.hgscim("rollback", "local", "--to", first, "--now", "--yes");
  expect(back.code, back.stderr).toBe(0);
  expect(await activeDigest()).toBe(first);
  const drift = await project.hgscim("plan", "local");
  expect(flat(drift)).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
  expect(drift.stdout).toContain(second);

  const restored = await project.hgscim("rollback", "local", "--to", first, "--force");
  expect(restored.code, restored.stderr).toBe(0);
  // the state is older than what is active: its outputs are news to Terraform, and nobody's access changes
  const resting = await project.hgscim("plan", "local", "--detailed-exitcode");
  expect(resting.code, flat(resting)).toBe(0);
  expect(flat(resting)).toContain("Nothing to change: this release is active already.");
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  expect(flat(await project.hgscim("plan", "local"))).toContain("No changes.");
});

long("rollback restores a text that is deployed like any other", async () => {
  const first = await deploy();
  takePushAway();
  await deploy();
  expect((await project.hgscim("rollback", "local", "--to", first, "--force")).code).toBe(0);
  expect(await deploy()).toBe(first);
});
