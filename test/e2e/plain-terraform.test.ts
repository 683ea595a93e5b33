/** A stack as terraform meets it elsewhere: from another folder, by a company's CLI configuration, with a cache, without Node. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { version } from "../../model/package.ts";
import { providerSource } from "../../stacks/hgscim-provider.ts";
import { platform } from "../../stacks/plugin-folder.ts";
import { type Harness, startHarness } from "../agent/harness.ts";
import { type Finished, run } from "../cli/hgscim.ts";
import { hgscimAtTerminal } from "../cli/terminal.ts";
import { long } from "../long.ts";
import { flat, makeProject, type Project, stackFolder } from "./terraform-project.ts";

let h: Harness;
let project: Project;
let aside: string;
beforeEach(async () => {
  h = await startHarness();
  project = await makeProject(h);
  aside = mkdtempSync(join(tmpdir(), "hgscim-plain-"));
});
afterEach(async () => {
  project.remove();
  rmSync(aside, { recursive: true, force: true });
  await h.stop();
});

/** terraform in the project's folder, with these variables besides. */
function terraform(args: readonly string[], more: Record<string, string> = {}): Promise<Finished> {
  const all = [`-chdir=${stackFolder}`, ...args, "-no-color"];
  return run("terraform", all, { cwd: project.folder, env: { ...project.env, ...more } });
}

/** A CLI configuration as a company lays it on its machines: providers come from its own places, and from nowhere else. */
function companyConfiguration(more = ""): Record<string, string> {
  const file = join(aside, "terraform.rc");
  const mirror = join(aside, "mirror");
  mkdirSync(mirror, { recursive: true });
  writeFileSync(
    file,
    `provider_installation {\n${more}  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`,
  );
  return { TF_CLI_CONFIG_FILE: file };
}

async function synthesized(): Promise<void> {
  expect(await project.cdktf("synth")).toMatchObject({ code: 0 });
}

long("from the project's folder by -chdir, with the folder of providers that is told", async () => {
  await synthesized();
  expect(await terraform(["init", "-plugin-dir=terraform.d/plugins"])).toMatchObject({ code: 0 });
  const applied = await terraform(["apply", "-auto-approve"]);
  expect(applied.code, flat(applied)).toBe(0);
  expect(flat(await terraform(["plan"]))).toContain("No changes.");
});

test("where a company's configuration names other places for providers, hgscim plans, and plain terraform with one block more", async () => {
  Object.assign(project.env, companyConfiguration());
  const planned = await project.hgscim("plan", "local");
  expect(planned.code, flat(planned)).toBe(0);
  // nothing of it stays: another provider that a stack needs is looked for where the company says
  expect(existsSync(join(project.folder, stackFolder, ".terraform/plugin_path"))).toBe(false);

  expect(flat(await terraform(["init"]))).toContain("was not found in any of the search locations");
  const block = readFileSync("docs/release.md", "utf8").match(
    /^ {2}filesystem_mirror \{\n[\s\S]*?^ {2}\}\n/m,
  );
  const told = await terraform(["init"], companyConfiguration(block?.[0]));
  expect(told.code, flat(told)).toBe(0);
});

long("the lock holds on the four usual systems, and `providers lock` says so", async () => {
  await synthesized();
  const lock = project.read(`${stackFolder}/.terraform.lock.hcl`);
  // the check's module is one of its own
  expect((await terraform(["get"])).code).toBe(0);
  const systems = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"];
  const locked = await terraform([
    "providers",
    "lock",
    "-fs-mirror=terraform.d/plugins",
    ...systems.map((system) => `-platform=${system}`),
  ]);
  expect(flat(locked)).toContain("validated the lock file and found no need for changes");
  const hashes = (text: string) => text.match(/"h1:.*"/g);
  expect(hashes(project.read(`${stackFolder}/.terraform.lock.hcl`))).toEqual(hashes(lock));
});

long("with a cache of providers that several projects share", async () => {
  await synthesized();
  const cache = join(aside, "cache");
  mkdirSync(cache);
  for (const [times, said] of ["Installed hgscim.internal", "from the shared cache"].entries()) {
    rmSync(join(project.folder, stackFolder, ".terraform"), { recursive: true, force: true });
    const initialized = await terraform(["init", "-plugin-dir=terraform.d/plugins"], {
      TF_PLUGIN_CACHE_DIR: cache,
    });
    expect(flat(initialized), String(times)).toContain(said);
  }
  expect((await terraform(["plan"])).code).toBe(0);
  // the project that filled it is gone
  const entry = join(cache, providerSource, version, platform());
  rmSync(entry);
  symlinkSync(join(aside, "gone"), entry);
  Object.assign(project.env, { TF_PLUGIN_CACHE_DIR: cache });
  expect(await project.hgscim("plan", "local")).toMatchObject({ code: 0 });
});

/** The terraform of this machine. */
const installed = async () => (await run("sh", ["-c", "command -v terraform"], { cwd: aside })).stdout.trim();

test("a machine without Node is told so by terraform's first lines", async () => {
  await synthesized();
  expect(await terraform(["init", "-plugin-dir=terraform.d/plugins"])).toMatchObject({ code: 0 });
  symlinkSync(await installed(), join(aside, "terraform"));
  const { code, stdout, stderr } = await terraform(["plan"], { PATH: aside });
  expect(code).toBe(1);
  expect(flat({ stdout, stderr })).toContain(
    "Unrecognized remote plugin message: The provider hgscim needs Node.js 20.19 or later, and there is no node on the PATH.",
  );
});

test("TERRAFORM_BINARY_NAME may be a path from the project's folder", async () => {
  symlinkSync(await installed(), join(project.folder, "my terraform"));
  Object.assign(project.env, { TERRAFORM_BINARY_NAME: "./my terraform", PATH: "/usr/bin:/bin" });
  const planned = await project.hgscim("plan", "local");
  expect(planned.code, flat(planned)).toBe(0);
});

test("NO_COLOR holds at a terminal, for what terraform prints too", async () => {
  // Node takes a pipeline for a terminal without colours
  const said = (more: Record<string, string>) =>
    hgscimAtTerminal(["plan", "local"], {
      cwd: project.folder,
      env: { ...project.env, CI: undefined, ...more },
    });
  expect(await said({})).toContain("\u001b[");
  const plain = await said({ NO_COLOR: "1" });
  expect(plain).toContain("Plan: 1 to import");
  expect(plain).not.toContain("\u001b[");
});

test("two folders synthesize the same bytes, and no path of this machine is in them", async () => {
  await synthesized();
  const other = await makeProject(h);
  try {
    expect(await other.cdktf("synth")).toMatchObject({ code: 0 });
    const one = [...project.files()].filter(([file]) => file.startsWith("cdktf.out/"));
    expect(one.length).toBeGreaterThan(2);
    expect([...other.files()].filter(([file]) => file.startsWith("cdktf.out/"))).toEqual(one);
    for (const [file, text] of one)
      for (const path of [project.folder, process.cwd(), relative("/", process.cwd())])
        expect(text.includes(path), file).toBe(false);
  } finally {
    other.remove();
  }
});
