/** A state file of another environment, copied to where terraform looks for this one's: refused by name. */
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, type ReleaseShape, startHarness } from "../agent/harness.ts";
import type { Finished } from "../cli/hgscim.ts";
import { flat, localFile, makeProject, type Project, stateFile } from "./terraform-project.ts";

let h: Harness;
let staging: Harness;
let project: Project;
beforeEach(async () => {
  h = await startHarness();
  staging = await startHarness([], { environment: "staging" });
  project = await makeProject(h);
  writeFileSync(join(project.folder, "token"), staging.tokens.deployer);
  writeFileSync(join(project.folder, "ca.pem"), staging.ca);
  const release: ReleaseShape = await staging.release();
  const text = project
    .read(localFile)
    .replace(h.agent.admin, staging.agent.admin)
    .replace("ref+env://HGSCIM_TOKEN", `ref+file://${join(project.folder, "token")}`)
    .replace("ref+env://HGSCIM_CA", `ref+file://${join(project.folder, "ca.pem")}`)
    .replace(/refs: \[[^\]]*\]/, `refs: [${release.secrets["okta-token"].refs[0]}]`);
  writeFileSync(join(project.folder, "environments/staging.yaml"), text);
});
afterEach(async () => {
  project.remove();
  await h.stop();
  await staging.stop();
});

test("plan, deploy and destroy refuse it by name, whatever runs there, and change nothing", async () => {
  const stagingState = "terraform.staging.tfstate";
  const refused = async (...runs: (() => Promise<Finished>)[]) => {
    copyFileSync(join(project.folder, stateFile), join(project.folder, stagingState));
    const before = (await staging.admin("GET", "/history")).body;
    for (const run of [...runs, () => project.terraform("-chdir=../staging", "destroy", "-auto-approve")]) {
      const said = await run();
      expect(said.code, said.stdout).toBe(1);
      expect(flat(said)).toContain("Error: This state is of the environment local, and not of staging");
      expect(flat(said)).toContain("Nothing has changed.");
    }
    expect(project.read(stagingState)).toBe(project.read(stateFile));
    expect((await staging.admin("GET", "/history")).body).toEqual(before);
  };
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  // where no release is active yet
  await refused(
    () => project.hgscim("plan", "staging"),
    () => project.hgscim("deploy", "staging", "--yes"),
  );
  rmSync(join(project.folder, stagingState));
  const deployed = await project.hgscim("deploy", "staging", "--yes");
  expect(deployed.code, deployed.stdout + deployed.stderr).toBe(0);
  // and where one is
  await refused(() => project.terraform("-chdir=../staging", "plan"));
});
