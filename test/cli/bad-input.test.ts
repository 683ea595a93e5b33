/** What a person can get wrong on the command line, as they see it: one line for each mistake, and the exit code. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import { toData } from "../../model/document.ts";
import { readMerged } from "../../model/extends.ts";
import { long } from "../long.ts";
import { hgscim } from "./hgscim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-bad-input-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const withEnvironments = () => cpSync("environments", join(folder, "environments"), { recursive: true });
const validate = (...args: string[]) => hgscim(["validate", ...args], { cwd: folder });

test.each<[string, string[], string]>([
  [
    "a name that is none",
    ["prodution"],
    'environments/prodution.yaml:1:1: no such file (expected an environment file, did you mean "production.yaml"?)',
  ],
  [
    "the beginning of a name",
    ["prod"],
    'environments/prod.yaml:1:1: no such file (expected an environment file, did you mean "production.yaml"?)',
  ],
  [
    "a file without its folder",
    ["prodution.yaml"],
    'environments/prodution.yaml:1:1: no such file (expected an environment file, did you mean "production.yaml"?)',
  ],
  [
    "another ending",
    ["environments/local.yml"],
    'environments/local.yml:1:1: no such file (expected an environment file, did you mean "local.yaml"?)',
  ],
  [
    "a folder",
    ["environments/"],
    "environments:1:1: a folder (expected a file, such as environments/production.yaml)",
  ],
  [
    "a file in a folder that is not there",
    ["elsewhere/local.yaml"],
    "elsewhere/local.yaml:1:1: no such file, nor its folder (expected an environment file)",
  ],
  [
    "an empty name",
    [""],
    "environments/.yaml:1:1: not an environment's name (expected a file such as production.yaml)",
  ],
  [
    "a name that speaks to the terminal",
    ["\u001b[2J\n"],
    "environments/?[2J?.yaml:1:1: not an environment's name (expected a file such as production.yaml)",
  ],
])("validate: %s", async (_, args, expected) => {
  withEnvironments();
  expect(await validate(...args)).toEqual({ code: 1, stdout: "", stderr: `${expected}\n` });
});

test("validate: a folder that a variable names is told with it, and a file is found without its folder", async () => {
  withEnvironments();
  const surroundings = { cwd: folder, env: { HGSCIM_ENVIRONMENTS: "enviroments" } };
  expect((await hgscim(["validate"], surroundings)).stderr).toBe(
    "enviroments: no such folder (expected one with an environment in each .yaml file); HGSCIM_ENVIRONMENTS names this folder\n",
  );
  expect((await validate("local.yaml")).stdout).toMatch(/^environments\/local\.yaml: ok, local is /);
});

test("validate: one wrong name does not hide what is right, and the exit code is still 1", async () => {
  withEnvironments();
  const { code, stdout, stderr } = await validate("local", "lcoal");
  expect({ code, stdout: stdout.split(" is ")[0] }).toEqual({
    code: 1,
    stdout: "environments/local.yaml: ok, local",
  });
  expect(stderr).toContain('did you mean "local.yaml"?');
});

test("validate: promotion from an environment that is not there is told at its name, with the one that was meant", async () => {
  withEnvironments();
  const file = join(folder, "environments", "production.yaml");
  const text = readFileSync(file, "utf8").replace("from: staging", "from: stagign");
  writeFileSync(file, text);
  const line = text.split("\n").findIndex((one) => one.includes("from: stagign")) + 1;
  expect(await validate("production")).toEqual({
    code: 1,
    stdout: "",
    stderr: `environments/production.yaml:${line}:9: no such environment (expected one beside this file, did you mean "staging"?)\n      from: …\n            ^\n`,
  });
  // alone in its folder, it is of a project that keeps the others elsewhere
  mkdirSync(join(folder, "alone", "production"), { recursive: true });
  cpSync(join(folder, "environments", "shared"), join(folder, "alone", "shared"), { recursive: true });
  const alone = text.replace("./shared/", "../shared/");
  writeFileSync(join(folder, "alone", "production", "production.yaml"), alone);
  expect((await validate("alone/production/production.yaml")).code).toBe(0);
});

test("validate: a run that has looked at nothing, or not at everything, is not green", async () => {
  expect(await validate()).toEqual({
    code: 1,
    stdout: "",
    stderr: "environments: no such folder (expected one with an environment in each .yaml file)\n",
  });
  writeFileSync(join(folder, "environments"), "");
  expect((await validate()).stderr).toBe(
    "environments: not a folder (expected one with an environment in each .yaml file)\n",
  );
  rmSync(join(folder, "environments"));
  mkdirSync(join(folder, "environments", "shared"), { recursive: true });
  expect(await validate()).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "environments: no environment in this folder (expected one with an environment in each .yaml file)\n",
  });
  withEnvironments();
  writeFileSync(join(folder, "environments", "canary.yml"), readFileSync("environments/local.yaml"));
  expect(await validate()).toEqual({
    code: 1,
    stdout: "",
    stderr: "environments/canary.yml: not read, for its name (expected it to end in .yaml)\n",
  });
  // by its file it is no more of an environment, and by its name it is found
  expect((await validate("environments/canary.yml")).stderr).toBe(
    "environments/canary.yml: not read, for its name (expected it to end in .yaml)\n",
  );
  expect((await validate("canary")).stderr).toBe(
    "environments/canary.yaml:1:1: no such file, and canary.yml is not read (expected its name to end in .yaml)\n",
  );
});

test.each<[string, string[]]>([
  ["an option that is none", ["--jsn"]],
  ["a value for an option that takes none", ["--json=yes"]],
  ["a short option", ["-j"]],
])("validate: %s is wrong usage", async (_, args) => {
  const { code, stdout, stderr } = await validate(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^hgscim: .*\n?Usage: hgscim validate /s);
  expect(stderr).not.toMatch(/^\s+at /m);
});

long("a file as large as one may be, valid or not, is read in a gigabyte", async () => {
  mkdirSync(join(folder, "environments"));
  const merged = await readMerged("environments/local.yaml");
  if (!merged.ok) throw new Error("the sample cannot be read");
  // what it says together with what it extends, but for what must not stand in one file
  const { extends: _, limits: __, permissions, ...rest } = toData(merged.value) as Record<string, unknown>;
  const whole = stringify({ ...rest, permissions });
  const size = 4 * 1024 * 1024 - 1024;
  const sets: string[] = [];
  for (let i = 0, length = whole.length; length < size; i++) {
    const set = `  s${i}: { repositories: [team/${i}], read: [engineering], write: [core-team] }\n`;
    length += set.length;
    if (length < size) sets.push(set);
  }
  expect(sets.length).toBeGreaterThan(40_000);
  const texts = {
    valid: whole + sets.join(""),
    brackets: `${whole}more: [${"a,".repeat((size - whole.length) / 2)}]\n`,
    duplicates: `${whole}${"  docs: {}\n".repeat(30_000)}`,
  };
  for (const [name, text] of Object.entries(texts))
    writeFileSync(join(folder, "environments", `${name}.yaml`), text);
  const run = (name: string) =>
    hgscim(["validate", name], { cwd: folder, env: { NODE_OPTIONS: "--max-old-space-size=1024" } });
  expect(await run("valid")).toMatchObject({ code: 0, stderr: "" });
  const brackets = await run("brackets");
  expect(brackets.code).toBe(1);
  expect(brackets.stderr).toMatch(
    /^environments\/brackets\.yaml:\d+:\d+: more than \d+ words and marks .*\n {4}.{1,122}\n +\^\n$/,
  );
  const duplicates = await run("duplicates");
  expect(duplicates.code).toBe(1);
  expect(duplicates.stderr.split("\n")[0]).toMatch(
    /: a second "docs" \(expected once; the first is at line \d+\)$/,
  );
});
