import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { commands } from "../../cli/commands.ts";
import { digestsOf } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import { isSoak } from "../long.ts";
import { hgscim } from "./hgscim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-cli-"));
  cpSync("environments", join(folder, "environments"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const call = (...args: string[]) => hgscim(args, { cwd: folder });

const broken = `delivery:
  agent: { url: "http://127.0.0.1:7999", token: hunter2 }
permissons: {}
`;

async function digestOf(name: string): Promise<string> {
  const loaded = await loadEnvironment(`environments/${name}.yaml`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return digestsOf(loaded.value.release).release;
}

test("the version is that of the package", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(await call("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test("help names every command, and each command its usage", async () => {
  const help = await call("--help");
  expect(help).toMatchObject({ code: 0, stderr: "" });
  const names = [...help.stdout.matchAll(/^ {2}([\w-]+) /gm)].map(([, name]) => String(name));
  expect(names).toEqual(expect.arrayContaining(Object.keys(commands)));
  for (const name of isSoak ? Object.keys(commands) : ["validate", "deploy"]) {
    const { code, stdout } = await call(name, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: hgscim ${name}`);
  }
});

test.each([
  [[], "which command?"],
  [["valdate"], 'did you mean "validate"?'],
  [["constructor"], 'no command "constructor"'],
  [["validate", "--jsno"], "Unknown option '--jsno'"],
  [["plan"], "expected one name or file"],
  [["plan", "local", "staging"], "expected one name or file"],
  [["deploy", "local"], "expected --yes, or a terminal"],
])("wrong usage is told, with exit code 2: hgscim %j", async (args, expected) => {
  const { code, stdout, stderr } = await call(...args);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(expected);
  expect(stderr).toMatch(/^hgscim: /);
});

test("validate takes names, files, or all environments, and tells each digest", async () => {
  const [airgap, constraints, local, production, reference, staging] = await Promise.all(
    ["airgap", "constraints", "local", "production", "reference", "staging"].map(digestOf),
  );
  const all = await call("validate");
  expect(all).toMatchObject({ code: 0, stderr: "" });
  expect(all.stdout.split("\n")).toEqual([
    `environments/airgap.yaml: ok, airgap is ${airgap}`,
    `environments/constraints.yaml: ok, constraints is ${constraints}`,
    `environments/local.yaml: ok, local is ${local}`,
    `environments/production.yaml: ok, production is ${production}`,
    `environments/reference.yaml: ok, reference is ${reference}`,
    `environments/staging.yaml: ok, staging is ${staging}`,
    "",
  ]);
  const some = await call("validate", "staging", "environments/local.yaml");
  expect(some.stdout.split("\n").map((line) => line.slice(-71))).toEqual([staging, local, ""]);
});

test("validate prints every problem of every file at its place and ends with 1, without a stack or a secret", async () => {
  mkdirSync(join(folder, "other"));
  writeFileSync(join(folder, "other", "bad.yaml"), broken);
  writeFileSync(join(folder, "other", "worse.yaml"), "delivery: [");
  const { code, stdout, stderr } = await hgscim(["validate"], {
    cwd: folder,
    env: { HGSCIM_ENVIRONMENTS: "other" },
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^other\/bad\.yaml:2:49: a literal value where a secret reference belongs/m);
  expect(stderr).toMatch(/^other\/bad\.yaml:3:1: unknown key "permissons" .*did you mean "permissions"\?/m);
  expect(stderr).toMatch(/^other\/worse\.yaml:1:/m);
  for (const line of stderr.trim().split("\n")) expect(line).toMatch(/^(other\/\w+\.yaml:\d+:\d+: | {4})/);
  expect(stderr).not.toContain("hunter2");

  const missing = await call("validate", "lcoal");
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain(
    'environments/lcoal.yaml:1:1: no such file (expected an environment file, did you mean "local.yaml"?)',
  );
});

test("validate --json is for machines", async () => {
  writeFileSync(join(folder, "environments", "bad.yaml"), broken);
  const { code, stdout, stderr } = await call("validate", "--json", "bad", "local");
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  const report = JSON.parse(stdout);
  expect(report.environments).toMatchObject([
    { name: "local", file: "environments/local.yaml", digest: await digestOf("local") },
  ]);
  expect(report.problems[0]).toEqual({
    file: "environments/bad.yaml",
    line: 2,
    column: 49,
    code: "secret-literal",
    message: expect.stringContaining("a literal value"),
  });
});

test("validate loads neither cdktf nor the provider's protocol", async () => {
  const coverage = join(folder, "coverage");
  await hgscim(["validate", "local"], { cwd: folder, env: { NODE_V8_COVERAGE: coverage } });
  const loaded = readdirSync(coverage).flatMap((name): string[] =>
    JSON.parse(readFileSync(join(coverage, name), "utf8")).result.map(({ url }: { url: string }) => url),
  );
  // above what it packs of a file the build names it
  const sources = [...new Set(loaded)]
    .filter((url) => url.startsWith(pathToFileURL("dist").href))
    .flatMap((url) => readFileSync(fileURLToPath(url), "utf8").match(/^\/\/ .*\.[jt]sx?$/gm) ?? []);
  expect(sources).toContain("// model/load.ts");
  expect([...loaded, ...sources].join("\n")).not.toMatch(
    /node_modules\/(cdktf|constructs|@grpc|fastify|kysely|libsql)/,
  );
});

test("a plan needs only its own environment to be valid, and an invalid one is not synthesized", async () => {
  writeFileSync(join(folder, "environments", "bad.yaml"), broken);
  const { code, stderr } = await call("plan", "bad");
  expect(code).toBe(1);
  expect(stderr).toContain("environments/bad.yaml:2:49");
  expect(readdirSync(folder)).toEqual(["environments"]);
});
