/** What a saved plan keeps of its impact, with the real terraform: for reviewers who were not there, and for policy scripts. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { isSoak, long } from "../long.ts";
import {
  localFile,
  makeProject,
  type Project,
  policyFile,
  stackFolder,
  stateFile,
} from "./terraform-project.ts";

let h: Harness;
let project: Project;
let policy: string;
let ada: string;
beforeAll(async () => {
  h = await startHarness(["core/api", "core/archive/old", "docs", "releases/2026"]);
  project = await makeProject(h);
  project.edit(localFile, (text) => `${text}\nbounds: { lose: 100% }\n`);
  policy = project.read(policyFile);
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  ada = (await h.scim("POST", "/Users", { userName: "ada@example.com", active: true })).body.id;
  for (const displayName of ["engineering", "core-team"])
    await h.scim("POST", "/Groups", { displayName, members: [{ value: ada }] });
});
beforeEach(() => {
  delete project.env.HGSCIM_IMPACT;
  project.edit(policyFile, () => policy);
});
afterAll(async () => {
  project.remove();
  await h.stop();
});

const verdict = "local: 1 account loses push on 1 repository";
const takePushAway = () =>
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));
const text = ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr;

/** A saved plan as programs read it. */
async function shown(file: string) {
  const plan = JSON.parse((await project.terraform("show", "-json", file)).stdout);
  const { values } = plan.prior_state.values.root_module.resources.find(
    ({ address }: { address: string }) => address === "data.hgscim_impact.impact",
  );
  const messages = plan.checks.flatMap(
    ({ instances = [] }: { instances?: { problems?: { message: string }[] }[] }) =>
      instances.flatMap(({ problems = [] }) => problems.map(({ message }) => message)),
  );
  return { values, messages, json: JSON.stringify(plan) };
}

test("a saved plan says who loses what, to people once, and to programs with names and numbers", async () => {
  takePushAway();
  await project.hgscim("plan", "local");
  const planned = text(await project.terraform("plan", "-out=kept.tfplan"));
  expect(planned.match(/loses push/g)).toHaveLength(2);
  expect(planned).toContain(`Warning: ${verdict}\n`);
  expect(planned).toMatch(/\n {2}~ permissions\.core \(.*\)\n\n {2}ada loses push on core\/api\n/);
  // above our words Terraform says where it stands: in four lines, and no JSON of a release
  expect(planned).not.toContain('\\"');

  const { values, messages } = await shown("kept.tfplan");
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain(verdict);
  expect(messages[0]).toContain("ada loses push on core/api");
  expect(values).toMatchObject({
    changed: true,
    lose: 1,
    gain: 0,
    verdict: "1 account loses push on 1 repository",
    entries: [{ entry: "permissions.core", position: expect.stringMatching(/policy\.yaml:\d+:3$/) }],
    changes: [{ account: "ada", repository: "core/api", before: "write", after: "read" }],
  });

  const compact = text(await project.terraform("plan", "-compact-warnings"));
  expect(compact).toContain(`- ${verdict}\n`);
});

test("a saved plan is applied in a world that has changed, and its state names nobody it need not", async () => {
  takePushAway();
  await project.hgscim("plan", "local");
  await project.terraform("plan", "-out=kept.tfplan");
  await h.scim("PATCH", `/Users/${ada}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "replace", path: "active", value: false }],
  });
  const applied = await project.terraform("apply", "kept.tfplan");
  expect(applied.code, text(applied)).toBe(0);
  // what is over by then is not told
  expect(text(applied)).not.toContain("loses");
  expect(JSON.stringify(JSON.parse(project.read(stateFile)).check_results)).not.toMatch(/\bada\b/);
  await h.scim("PATCH", `/Users/${ada}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "replace", path: "active", value: true }],
  });
});

test.each([
  ["with its impact in the plan", (stack: object) => stack],
  [
    "by a stack without the data source",
    ({ data, module, ...stack }: { data?: object; module?: object }) => {
      expect([data, module].map(Boolean)).toEqual([true, true]);
      return stack;
    },
  ],
])("an environment at rest has no changes, plan after plan, %s", async (_, edit) => {
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  project.edit(join(stackFolder, "cdk.tf.json"), (json) => JSON.stringify(edit(JSON.parse(json))));
  for (let times = 0; times < (isSoak ? 10 : 2); times++) {
    const planned = await project.terraform("plan", "-detailed-exitcode");
    expect(planned.code, text(planned)).toBe(0);
    expect(text(planned)).toContain("No changes.");
    expect(text(planned)).not.toContain("Warning");
  }
});

test("on a machine that counts, neither plan file nor state names anybody", async () => {
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  project.env.HGSCIM_IMPACT = "counts";
  takePushAway();
  await project.hgscim("plan", "local");
  expect((await project.terraform("plan", "-out=kept.tfplan")).code).toBe(0);
  const { values, messages, json } = await shown("kept.tfplan");
  expect(values).toMatchObject({ lose: 1, changes: null });
  expect(messages[0]).toContain(verdict);
  expect(json).not.toContain('"ada');
  expect((await project.terraform("apply", "kept.tfplan")).code).toBe(0);
  // three letters alone stand in many a digest
  expect(project.read(stateFile)).not.toMatch(/\bada\b/);

  project.env.HGSCIM_IMPACT = "count";
  const misspelt = await project.hgscim("plan", "local");
  expect(misspelt.code).toBe(1);
  expect(text(misspelt).replace(/\s+/g, " ")).toContain(
    'HGSCIM_IMPACT is "count" (expected names or counts)',
  );
});

long("a first plan says it too, and the end of a release is told once", async () => {
  const ended = text(await project.terraform("plan", "-destroy"));
  expect(ended.match(/Warning: local: 1 account loses all access/g)).toHaveLength(1);
  expect(ended.match(/Warning: local:/g)).toHaveLength(1);
  expect((await project.terraform("destroy", "-auto-approve")).code).toBe(0);
  expect((await h.admin("GET", "/release")).status).toBe(404);

  const first = text(await project.hgscim("plan", "local"));
  expect(first).toContain("Warning: local: 1 account gains");
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  expect(existsSync(join(project.folder, stackFolder, "impact/main.tf.json"))).toBe(true);
});
