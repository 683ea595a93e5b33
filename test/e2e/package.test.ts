/** The package as a company gets it: installed from its tarball into a project of its own, every program and the library. */
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { run } from "../cli/hgscim.ts";
import { long } from "../long.ts";
import { type Company, makeCompany } from "./company.ts";
import { makeProject } from "./terraform-project.ts";

let company: Company;
let h: Harness;
beforeAll(async () => {
  [company, h] = await Promise.all([makeCompany(), startHarness(["core/api", "docs"])]);
}, 300_000);
afterAll(async () => {
  company?.remove();
  await h?.stop();
});

test("it is at most 100 MB with all that it brings, and each part of it is made for this version of Node", () => {
  expect(company.installed).toBeLessThan(100 * 1024 * 1024);
});

test("what the guide to the library says is compiled against it, and runs", async () => {
  cpSync("environments", join(company.folder, "environments"), { recursive: true });
  const guide = readFileSync("docs/library.md", "utf8");
  const examples = [...guide.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
  expect(examples).toHaveLength(2);
  for (const [i, text] of examples.entries()) {
    writeFileSync(join(company.folder, `example${i}.ts`), text);
    const options = ["--target", "es2023", "--module", "nodenext", "--strict", "--skipLibCheck"];
    const types = ["--typeRoots", resolve("node_modules/@types"), "--types", "node"];
    const compiled = await run(resolve("node_modules/.bin/tsc"), [...options, ...types, `example${i}.ts`], {
      cwd: company.folder,
    });
    expect(compiled, compiled.stdout).toMatchObject({ code: 0 });
    const ran = await run(process.execPath, [`example${i}.js`], { cwd: company.folder });
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("sha256:") });
  }
  // the stack of the last one, an app of one's own, has all that it refers to beside it
  const initialized = await run("terraform", ["init", "-input=false", "-no-color"], {
    cwd: join(company.folder, "cdktf.out/stacks/local"),
  });
  expect(initialized, initialized.stdout + initialized.stderr).toMatchObject({ code: 0 });
});

test("from its files alone it validates, tests, synthesizes, plans and deploys", async () => {
  const project = await makeProject(h);
  const surroundings = { cwd: project.folder, env: project.env };
  const hgscim = (...args: string[]) => run(company.bin("hgscim"), args, surroundings);
  try {
    expect((await hgscim("validate", "local")).stdout).toContain("ok, local is sha256:");
    expect((await hgscim("test")).stdout).toMatch(/\d+ passed, 0 failed/);
    expect((await hgscim("plan", "local")).stdout).toContain("Plan: 1 to import");
    const deployed = await hgscim("deploy", "local", "--yes");
    expect(deployed, deployed.stderr).toMatchObject({ code: 0 });
    const { digest } = (await h.admin("GET", "/release")).body;
    expect(deployed.stdout).toContain(digest);
    const own = project.read("cdktf.out/stacks/local/cdk.tf.json");
    rmSync(join(project.folder, "cdktf.out"), { recursive: true });
    const synthesized = await run(company.bin("hgscim-synth"), [], surroundings);
    expect(synthesized, synthesized.stderr).toMatchObject({ code: 0, stderr: "" });
    expect(project.read("cdktf.out/stacks/local/cdk.tf.json")).toBe(own);
  } finally {
    project.remove();
  }
});

test("from its files alone it is laid in front of a Mercurial host", async () => {
  const prefix = join(company.folder, "host");
  const args = ["host", "install", "--prefix", prefix, "--environment", "production", "--yes"];
  const laid = await run(company.bin("hgscim"), [...args, "--web", "nginx", "--ssh"], {
    cwd: company.folder,
  });
  expect(laid, laid.stderr).toMatchObject({ code: 0, stderr: "" });
  for (const file of ["usr/share/hgscim/bin/hgscim-ssh", "etc/ssh/sshd_config.d/hgscim.conf"])
    expect(statSync(join(prefix, file)).isFile()).toBe(true);
  rmSync(prefix, { recursive: true });
});

long(
  "in a folder without a project, its quickstart plays the samples, and terraform is run by hgscim itself",
  async () => {
    rmSync(join(company.folder, "environments"), { recursive: true });
    const { PATH, HOME } = process.env;
    const played = await run(company.bin("hgscim"), ["quickstart"], {
      cwd: company.folder,
      env: { PATH, HOME },
    });
    expect(played, played.stdout + played.stderr).toMatchObject({ code: 0, stderr: "" });
    for (const line of [
      "$ npx hgscim deploy local",
      "ada may not read repository docs: the account is deactivated",
      "~ permissions.core (environments/local.yaml:",
      "Everything happened as it should.",
    ])
      expect(played.stdout).toContain(line);
  },
);

long(
  "moved to CDK Terrain as its guide says, with an app of one's own and without, every environment is the same stack",
  async () => {
    const project = await makeProject(h);
    const surroundings = { cwd: company.folder, env: project.env };
    const inCompany = (...names: string[]) => join(company.folder, ...names);
    rmSync(inCompany("environments"), { recursive: true, force: true });
    cpSync(join(project.folder, "environments"), inCompany("environments"), { recursive: true });
    const settings = { ...JSON.parse(project.read("cdktf.json")), app: "npx --no-install hgscim-synth" };
    writeFileSync(inCompany("cdktf.json"), JSON.stringify(settings));
    const synthesized = async (program: string, ...args: string[]) => {
      rmSync(inCompany("cdktf.out"), { recursive: true, force: true });
      const made = await run(program, args, surroundings);
      expect(made, made.stdout + made.stderr).toMatchObject({ code: 0 });
      return apartFromVersions(inCompany("cdktf.out"));
    };
    try {
      const before = await synthesized(company.bin("hgscim-synth"));
      expect([...before.keys()].filter((file) => file.endsWith("cdk.tf.json")).length).toBeGreaterThan(4);
      const guide = readFileSync("docs/cdk-terrain.md", "utf8");
      const moves = [...guide.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = ""]) =>
        JSON.parse(text),
      );
      expect(moves).toHaveLength(2);
      for (const lines of moves) {
        await company.install(lines);
        const { name } = JSON.parse(readFileSync(inCompany("node_modules/cdktf/package.json"), "utf8"));
        expect(name).toBe("cdktn");
        expect(await synthesized(company.bin("hgscim-synth"))).toEqual(before);
      }
      // the command line of before runs it as well, and nothing is to be deployed
      const after = await synthesized(resolve("node_modules/.bin/cdktf"), "plan", "local");
      expect(new Map([...after].filter(([name]) => before.has(name)))).toEqual(before);
      const planned = await run(
        company.bin("hgscim"),
        ["plan", "local", "--detailed-exitcode"],
        surroundings,
      );
      expect(planned, planned.stdout + planned.stderr).toMatchObject({ code: 0 });
    } finally {
      project.remove();
    }
  },
);

/** Every file below a folder: of JSON that cdktf writes, all but the version of its library and the white space; of all else, each byte. */
function apartFromVersions(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
  const withoutVersion = (name: string, text: string) => {
    if (!/(^|\/)(cdk\.tf|manifest)\.json$/.test(name)) return text;
    const json = JSON.parse(text);
    delete (json["//"]?.metadata ?? json).version;
    return JSON.stringify(json);
  };
  return new Map(
    files.map((name) => [name, withoutVersion(name, readFileSync(join(folder, name), "latin1"))]),
  );
}
