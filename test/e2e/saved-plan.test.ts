/** A plan that is kept, read by programs, and applied elsewhere; and the one release that a pipeline lets through. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileInZip } from "../../cli/terraform/zip.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { staff } from "../agent/people.ts";
import { flat, localFile, makeProject, type Project, policyFile } from "./terraform-project.ts";

let h: Harness;
let project: Project;
let shelf: string;
beforeEach(async () => {
  h = await startHarness(["core/api", "docs"]);
  project = await makeProject(h);
  shelf = mkdtempSync(join(tmpdir(), "hgscim-plans-"));
});
afterEach(async () => {
  project.remove();
  rmSync(shelf, { recursive: true });
  await h.stop();
});

const active = async () => (await h.admin("GET", "/release")).body.digest;
const takePushAway = () =>
  project.edit(policyFile, (text) => text.replace("write: [core-team]", "write: [docs-team]"));

/** What the guide shows of a plan is in this one, and each path of its policy leads somewhere. */
function expectGuide(guide: string, plan: Plan): void {
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(guide)?.[1] ?? "";
  expect(within(JSON.parse(block("json")), plan)).toBe(true);

  const [planned] = plan.resource_changes.filter(({ type }: Plan) => type === "hgscim_release");
  const [found] = plan.prior_state.values.root_module.resources.filter(
    ({ type }: Plan) => type === "hgscim_impact",
  );
  const [right] = found.values.changes;
  const given = JSON.parse(planned.change.after.permissions.core);
  const known: Plan = { input: plan, planned, found, told: found.values, right, given };
  const paths = [...block("rego").matchAll(/\b(input|planned|found|told|right|given)((?:\.[a-z_]+)+)/g)];
  expect(new Set(paths.map(([, name]) => name))).toEqual(new Set(Object.keys(known)));
  for (const [path, name = "", keys = ""] of paths) {
    const value = keys
      .slice(1)
      .split(".")
      .reduce((at: Plan, key) => at?.[key], known[name]);
    expect(value, path).toBeDefined();
  }
}

// biome-ignore lint/suspicious/noExplicitAny: Terraform's own form
type Plan = any;

/** Whether all that is shown is there: of lists some items, and digests without their digits. */
function within(shown: Plan, real: Plan): boolean {
  if (Array.isArray(shown))
    return Array.isArray(real) && shown.every((one) => real.some((other) => within(one, other)));
  if (typeof shown === "object" && shown !== null)
    return Object.entries(shown).every(([key, value]) => within(value, real?.[key]));
  const plain = (text: unknown) =>
    typeof text === "string" ? text.replace(/sha256:[0-9a-f]{64}/g, "sha256:…") : text;
  return plain(real) === shown;
}

test("what plan --out keeps is applied by deploy --plan, in a folder that knows nothing of it, and only to its environment", async () => {
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  const first = await active();
  await staff(h, { "core-team": ["ada"], engineering: ["ada", "bob"] });
  takePushAway();
  const kept = join(shelf, "kept.tfplan");
  const planned = await project.hgscim("plan", "local", "--out", kept, "--json", "--detailed-exitcode");
  expect(planned.code, planned.stderr).toBe(2);
  const plan = JSON.parse(planned.stdout);
  const { checks, resource_changes } = plan;
  expect(JSON.stringify(checks)).toContain("1 account loses push on 1 repository");
  expectGuide(readFileSync("docs/plan-files.md", "utf8"), plan);
  expect(await active()).toBe(first);

  // a pipeline keeps it where others read it: references are in it, and no secret
  const zip = readFileSync(kept);
  const parts = ["tfplan", "tfstate", "tfconfig/m-/cdk.tf.json"].map((name) => String(fileInZip(zip, name)));
  expect(parts[2]).toContain("ref+env://HGSCIM_TOKEN");
  for (const secret of Object.values(h.tokens)) expect(parts.join().includes(secret)).toBe(false);

  // nothing of this checkout is there any more but the plan, and the file has moved on
  rmSync(join(project.folder, "cdktf.out"), { recursive: true });
  rmSync(join(project.folder, "terraform.local.tfstate"));
  project.edit(policyFile, (text) => text.replace("write: [docs-team]", "write: [release-managers]"));
  cpSync(join(project.folder, localFile), join(project.folder, "environments/other.yaml"));
  project.edit("environments/other.yaml", (text) =>
    text.replace(h.agent.admin, "https://127.0.0.1:9").replace(/SCIM_TEST_\w+/, "SCIM_TEST_OTHER"),
  );
  const elsewhere = await project.hgscim("deploy", "environments/other.yaml", "--plan", kept);
  expect(elsewhere).toMatchObject({ code: 1 });
  expect(elsewhere.stderr).toContain(
    `${kept} is a plan of local (expected one of other)\nNothing was changed.`,
  );
  writeFileSync(join(shelf, "none"), "no plan");
  writeFileSync(join(shelf, "cut-off"), zip.subarray(0, zip.length / 2));
  for (const [name, why] of [
    ["none", "it is no plan"],
    ["missing", "no such file"],
    ["cut-off", "is no plan that terraform reads here"],
  ] as const) {
    const none = await project.hgscim("deploy", "local", "--plan", join(shelf, name));
    expect(none.code).toBe(1);
    expect(none.stderr).toContain(
      `${why} (expected what hgscim plan local --out kept)\nNothing was changed.\n`,
    );
    expect(none.stdout + none.stderr).not.toContain("\u001b");
  }
  expect(await active()).toBe(first);

  const deployed = await project.hgscim("deploy", "local", "--plan", kept);
  expect(deployed.code, deployed.stderr).toBe(0);
  const [{ change }] = resource_changes.filter(({ type }: { type: string }) => type === "hgscim_release");
  expect(await active()).toBe(change.after.digest);
});

test("where one release is named, no other is planned, deployed or ended, whatever runs terraform", async () => {
  const only = (HGSCIM_ONLY: string) => Object.assign(project.env, { HGSCIM_ONLY });
  expect((await project.hgscim("deploy", "local", "--yes")).code).toBe(0);
  const first = await active();
  takePushAway();
  const other = await project.hgscim("deploy", "local", "--yes", "--only", first);
  expect(other.code).toBe(1);
  expect(flat(other)).toContain(`Error: This is not the release that may be deployed`);
  expect(flat(other)).toContain(`HGSCIM_ONLY is ${first}, and this is sha256:`);

  const [, second = ""] = /and this is (sha256:[0-9a-f]{64})/.exec(flat(other)) ?? [];
  expect((await project.terraform("plan", "-out=kept")).code).toBe(0);
  only(first);
  expect((await project.terraform("apply", "kept")).code).toBe(1);
  expect((await project.hgscim("plan", "local")).code).toBe(1);
  for (const none of ["sha256:3f2a", ""]) {
    only(none);
    expect(flat(await project.hgscim("plan", "local"))).toContain("Error: HGSCIM_ONLY is no digest");
  }
  only(second);
  expect((await project.hgscim("destroy", "local", "--yes")).code).toBe(1);
  expect(await active()).toBe(first);
  delete project.env.HGSCIM_ONLY;
  // as the history prints it
  const short = second.slice("sha256:".length, "sha256:".length + 12);
  expect((await project.hgscim("deploy", "local", "--yes", "--only", short)).code).toBe(0);
  expect(await active()).toBe(second);
});
