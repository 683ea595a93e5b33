/** `hgscim destroy` ends a release with and without a state, where terraform alone would report success and do nothing. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { flat, localFile, makeProject, type Project, stateFile } from "./terraform-project.ts";

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

const isActive = async () => (await h.admin("GET", "/release")).status === 200;
const deploy = async () => {
  const deployed = await project.hgscim("deploy", "local", "--yes");
  expect(deployed.code, flat(deployed)).toBe(0);
};
const destroy = (...options: string[]) => project.hgscim("destroy", "local", ...options);

test("it says who loses access, and ends the release, with a state and without one", async () => {
  await deploy();
  const user = await h.scim("POST", "/Users", { userName: "ada@example.com", active: true });
  await h.scim("POST", "/Groups", { displayName: "engineering", members: [{ value: user.body.id }] });
  for (const forget of [false, true]) {
    if (!(await isActive())) await deploy();
    if (forget) rmSync(join(project.folder, stateFile));
    const destroyed = await destroy("--yes");
    expect(destroyed.code, flat(destroyed)).toBe(0);
    expect(flat(destroyed)).toContain("Warning: local: 1 account loses all access to");
    expect(await isActive()).toBe(false);
    expect((await h.admin("GET", "/access")).body.access).toEqual([]);
  }
  // and again, where there is nothing to end
  expect((await destroy("--yes")).code).toBe(0);
  rmSync(join(project.folder, stateFile));
  expect((await destroy("--yes")).code).toBe(0);
  // and it can come back
  await deploy();
  expect([...project.files().keys()].filter((file) => file.endsWith(".tfplan"))).toEqual([]);
});

test("where the file prevents it, the line to change is told; where only the active release does, what to deploy", async () => {
  const allowed = project.read(localFile);
  project.edit(localFile, (text) => text.replace("destroy: allow", "destroy: prevent"));
  await deploy();
  rmSync(join(project.folder, stateFile));
  const prevented = await destroy("--yes");
  expect(prevented.code).toBe(1);
  expect(prevented.stderr).toMatch(
    /^environments\/local\.yaml:\d+:\d+: delivery\.destroy is prevent \(expected allow, and a deploy with it before: hgscim deploy local\)\nNothing was changed\.\n$/,
  );
  project.edit(localFile, (text) => text.replace(/^.*destroy: prevent.*\n/m, ""));
  expect((await destroy("--yes")).stderr).toMatch(
    /^environments\/local\.yaml:\d+:\d+: delivery\.destroy is prevent/,
  );

  project.edit(localFile, () => allowed);
  const early = await destroy("--yes");
  expect(early.code).toBe(1);
  expect(flat(early)).toContain(
    "delivery.destroy of the active release is prevent (expected a deploy with allow before)",
  );
  expect(await isActive()).toBe(true);
});

test("nobody is there to ask, the agent does not answer, or a command delivers it", async () => {
  await deploy();
  expect((await destroy()).code).toBe(2);
  project.env.HGSCIM_TOKEN = h.tokens.reader;
  const refused = await destroy("--yes");
  expect(refused.code).toBe(1);
  expect(flat(refused)).toContain("has the role reader (expected deployer)");
  expect(await isActive()).toBe(true);
  rmSync(join(project.folder, stateFile));
  project.edit(localFile, (text) => text.replace(h.agent.admin, "http://127.0.0.1:9"));
  const silent = await destroy("--yes");
  expect(silent.code).toBe(1);
  expect(flat(silent)).toContain("nothing listens there");
  expect(flat(silent)).not.toContain("Destroy complete!");
});
