/** What `hgscim validate` prints of problems, for people and for machines. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problemCodes } from "../../model/problem-codes.ts";
import { hgscim } from "./hgscim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-formats-"));
  mkdirSync(join(folder, "environments"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, "environments", name), text);
const validate = (...args: string[]) => hgscim(["validate", ...args], { cwd: folder });

const broken = `delivery:
  agent: { url: "http://127.0.0.1:7443", token: hunter2 }
permissons: {}
`;

test("text: the line follows with a mark under the column, and nothing on it that could be a secret", async () => {
  write("bad.yaml", broken);
  const { code, stdout, stderr } = await validate("bad");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  const lines = stderr.split("\n");
  expect(lines[0]).toMatch(/^environments\/bad\.yaml:2:49: a literal value where a secret reference belongs/);
  expect(lines.slice(1, 3)).toEqual(['      agent: { url: "…", token: … }', `${" ".repeat(32)}^`]);
  expect(lines[3]).toMatch(
    /^environments\/bad\.yaml:3:1: unknown key "permissons" .*did you mean "permissions"/,
  );
  expect(lines.slice(4)).toEqual(["    permissons: {}", "    ^", ""]);
});

test("text: no colour where nobody looks at a terminal, and some where it is asked for", async () => {
  write("bad.yaml", broken);
  expect((await validate("bad")).stderr).not.toContain("\u001b");
  const coloured = await hgscim(["validate", "bad"], { cwd: folder, env: { FORCE_COLOR: "1" } });
  expect(coloured.stderr).toContain("\u001b[1menvironments/bad.yaml:2:49:\u001b[22m a literal value");
});

test("sarif: a log with each problem at its place", async () => {
  write("bad one.yaml", "delivery: [\n");
  write("bad.yaml", broken);
  const { code, stdout, stderr } = await validate("--format", "sarif");
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  const log = JSON.parse(stdout);
  expect(log).toMatchObject({ version: "2.1.0", $schema: expect.stringContaining("sarif-2.1.0") });
  const [{ tool, results }] = log.runs;
  expect(tool.driver).toMatchObject({ name: "hgscim", version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  const rules = tool.driver.rules.map(({ id }: { id: string }) => id);
  expect(results).toHaveLength(3);
  expect(rules).toEqual(["malformed-name", "unknown-key", "secret-literal"]);
  expect(results.map(({ ruleId, level }: Record<string, string>) => [ruleId, level])).toEqual([
    ["malformed-name", "error"],
    ["secret-literal", "error"],
    ["unknown-key", "error"],
  ]);
  const { means, mend } = problemCodes["secret-literal"];
  expect(tool.driver.rules[2]).toMatchObject({
    shortDescription: { text: means },
    fullDescription: { text: expect.stringContaining("For example: a literal value") },
    help: { text: mend },
  });
  expect(results[1]).toMatchObject({
    message: { text: expect.stringContaining("a literal value") },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: "environments/bad.yaml" },
          region: { startLine: 2, startColumn: 49 },
        },
      },
    ],
  });
  expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe("environments/bad%20one.yaml");
  expect(stdout).not.toContain("hunter2");
});

test("sarif: a run without a problem is a log without a result", async () => {
  const { code, stdout } = await hgscim(["validate", "local", "--format", "sarif"], { cwd: process.cwd() });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).runs[0].results).toEqual([]);
});

test("github: a workflow command for each problem, escaped as the runner reads it", async () => {
  write("a,b%.yaml", broken);
  write("bad.yaml", broken);
  const { code, stdout, stderr } = await validate("--format", "github");
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(
    /^::error file=environments\/a%2Cb%25\.yaml,line=1,col=1,title=malformed-name::not an environment's name/,
  );
  expect(lines[1]).toMatch(
    /^::error file=environments\/bad\.yaml,line=2,col=49,title=secret-literal::a literal value/,
  );
});

test("what has no lines is told without one", async () => {
  const sarif = JSON.parse((await validate("--format", "sarif")).stdout);
  expect(sarif.runs[0].results[0].locations[0].physicalLocation).toEqual({
    artifactLocation: { uri: "environments" },
  });
  expect((await validate("--format", "github")).stdout).toMatch(
    /^::error file=environments,title=no-such-file::no environment/,
  );
});

test.each<[string[], string]>([
  [
    ["--format", "sarfi"],
    'no format "sarfi" (expected one of text, json, sarif, github, did you mean "sarif"?)',
  ],
  [["--format", "text", "--json"], "--json is short for --format json"],
  [["--show", "local", "--json"], "--show prints YAML"],
  [["--show"], "which environment?"],
])("wrong usage: validate %j", async (args, expected) => {
  const { code, stdout, stderr } = await validate(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(expected);
});
