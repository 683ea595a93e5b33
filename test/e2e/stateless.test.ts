/** The agent is the authority: every plan and deploy works as well without a state, as from a fresh checkout. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { long } from "../long.ts";
import { flat, localFile, makeProject, type Project, policyFile, stateFile } from "./terraform-project.ts";

let h: Harness;
let project: Project;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs", "releases/2026"]);
  project = await makeProject(h);
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const active = async () => (await h.admin("GET", "/release")).body.digest;
const freshCheckout = () => {
  rmSync(join(project.folder, stateFile), { force: true });
  rmSync(join(project.folder, "cdktf.out"), { recursive: true, force: true });
};
const plan = () => project.hgscim("plan", "local", "--detailed-exitcode");
const deploy = async () => {
  const deployed = await project.hgscim("deploy", "local", "--yes");
  expect(deployed.code, flat(deployed)).toBe(0);
  return flat(deployed);
};
const editPolicy = () =>
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));

test("the first deploy, the next ones, and an environment at rest, each from a fresh checkout", async () => {
  expect((await plan()).code).toBe(2);
  expect(await deploy()).toContain("Plan: 1 to import, 0 to add, 1 to change, 0 to destroy.");
  const first = await active();

  freshCheckout();
  const resting = await plan();
  expect(resting.code, flat(resting)).toBe(0);
  const repeated = await deploy();
  expect(repeated).toContain("Nothing to change: this release is active already.");
  expect(repeated).not.toContain("Apply complete!");
  expect(existsSync(join(project.folder, stateFile))).toBe(false);

  editPolicy();
  const changed = await plan();
  expect(changed.code).toBe(2);
  expect(flat(changed)).toContain("~ permissions.core (environments/shared/policy.yaml:");
  expect(changed.stdout).not.toContain('+ "archive"');
  await deploy();
  expect(await active()).not.toBe(first);
  expect((await plan()).code).toBe(0);
  expect([...project.files().keys()].filter((file) => file.endsWith(".tfplan"))).toEqual([]);
});

test("what was deployed elsewhere meanwhile is told, and a plan from before it is refused", async () => {
  await deploy();
  freshCheckout();
  editPolicy();
  await plan();
  expect((await project.terraform("plan", "-out=early.tfplan")).code).toBe(0);
  const theirs = await h.deploy(
    await h.release((release) => {
      release.permissions.docs.owner = "somebody";
    }),
    await active(),
  );
  const late = await project.terraform("apply", "early.tfplan");
  expect(late.code).toBe(1);
  expect(flat(late)).toContain("plan again");
  expect(await active()).toBe(theirs);
});

test("a first deploy that fails leaves nothing that Terraform would replace", async () => {
  const text = project.read(localFile);
  project.edit(localFile, (yaml) => yaml.replace(/refs: \[[^\]]*\]/, "refs: [ref+env://SCIM_TEST_NOT_SET]"));
  const failed = await project.hgscim("deploy", "local", "--yes");
  expect(failed.code).toBe(1);
  expect(flat(failed)).toContain("SCIM_TEST_NOT_SET is not set");
  expect((await h.admin("GET", "/release")).status).toBe(404);
  // with the state that is left, and without
  for (const before of [() => {}, freshCheckout]) {
    before();
    project.edit(localFile, () => text);
    const planned = flat(await plan());
    expect(planned).toMatch(/0 to add, 1 to change, 0 to destroy\./);
    expect(planned).not.toContain("tainted");
  }
  await deploy();
});

long("an environment that may not be destroyed is not, with and without a state", async () => {
  project.edit(localFile, (text) => text.replace("destroy: allow", "destroy: prevent"));
  await deploy();
  const digest = await active();
  const destroyed = await project.terraform("destroy", "-auto-approve");
  expect(destroyed.code).toBe(1);
  expect(flat(destroyed)).toContain("delivery.destroy of the active release is prevent");
  expect((await project.terraform("taint", "hgscim_release.release")).code).toBe(0);
  const tainted = await plan();
  expect(tainted.code).toBe(1);
  expect(flat(tainted)).toMatch(
    /Instance cannot be destroyed|delivery.destroy of the active release is prevent/,
  );
  rmSync(join(project.folder, stateFile));
  expect((await plan()).code).toBe(0);
  expect(await active()).toBe(digest);
});

long("a state that cannot be read is a sentence, and taking it away is enough", async () => {
  await deploy();
  for (const text of ["{", "not a state", "[]", "\0"]) {
    writeFileSync(join(project.folder, stateFile), text);
    const planned = await plan();
    expect(planned.code).toBe(1);
    expect(flat(planned)).toBe(
      "terraform.local.tfstate is no state (expected what terraform wrote, or no such file: the agent knows what is active) ",
    );
    rmSync(join(project.folder, stateFile));
    expect((await plan()).code).toBe(0);
  }
  // what terraform itself takes for none
  writeFileSync(join(project.folder, stateFile), "");
  expect((await plan()).code).toBe(0);
});

test("wrong usage has an exit code of its own beside changes", async () => {
  expect((await project.hgscim("plan", "local", "--detailed-exitcode", "--nonsense")).code).toBe(64);
  expect((await project.hgscim("plan", "--detailed-exitcode")).code).toBe(64);
  expect((await project.hgscim("plan")).code).toBe(2);
  // as a script has it whose variable is not set: it names no release, and must not let every one through
  for (const [option, value] of [
    ["--only", ""],
    ["--only", "3f2a"],
    ["--lock-timeout", "soon"],
  ] as const) {
    const misused = await project.hgscim("deploy", "local", "--yes", option, value);
    expect(misused).toMatchObject({ code: 2, stdout: "" });
    expect(misused.stderr).toContain(`${option} is "${value}" (expected `);
  }
  expect((await project.hgscim("destroy", "local", "--yes", "--lock-timeout", "")).code).toBe(2);
});
