/** `hgscim diff`: does one environment mirror another, and where not. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hgscim } from "./hgscim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-diff-"));
  cpSync("environments", join(folder, "environments"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const diff = (...args: string[]) => hgscim(["diff", ...args], { cwd: folder });

/** Adds text to staging. */
function stagingHas(text: string) {
  const file = join(folder, "environments", "staging.yaml");
  writeFileSync(file, `${readFileSync(file, "utf8")}\n${text}`);
  return readFileSync(file, "utf8").split("\n");
}

test("one policy: the first line says so, the bindings follow, and the exit code is 0", async () => {
  const { code, stdout, stderr } = await diff("staging", "production");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^the policies are the same \(sha256:[0-9a-f]{64}\)\n/);
  expect(stdout).toMatch(
    /^ {2}~ variables\.SCIM_PAGE_SIZE \(environments\/shared\/policy\.yaml:\d+:3 → environments\/production\.yaml:\d+:3\)\n {6}value: 100 → 500$/m,
  );
  expect(stdout).toMatch(/^ {2}~ secrets\.okta-token .*\n {6}refs gains ref\+file:\S+okta-current, /m);
  expect(stdout).toMatch(/^ {2}\+ promote \(environments\/production\.yaml:\d+:1\)$/m);
  expect(stdout).not.toContain("permissions.");
});

test("an environment is the same as itself", async () => {
  const { code, stdout } = await diff("local", "local");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^the policies are the same \(.*\)\n\nthe bindings are the same\n$/);
});

test("two policies: what each entry gains and loses, with its place on both sides, and the exit code is 1", async () => {
  const lines = stagingHas(
    [
      "connectors: { okta: { scope: user.active } }",
      "permissions:",
      "  docs: { write: [core-team] }",
      "  extra: { repositories: [extra], read: [engineering] }",
    ].join("\n"),
  );
  const lineOf = (text: string) => lines.findIndex((line) => line.includes(text)) + 1;
  const { code, stdout } = await diff("production", "staging");
  expect(code).toBe(1);
  const [first, ...rest] = stdout.split("\n");
  expect(first).toBe("the policies differ in 3 entries");
  const policy = rest.slice(0, rest.indexOf("")).join("\n");
  const shared = "environments/shared/policy.yaml";
  expect(policy).toMatch(
    new RegExp(
      `  ~ connectors\\.okta \\(${shared}:\\d+:3 → environments/staging\\.yaml:${lineOf("okta: { scope")}:15\\)`,
    ),
  );
  expect(policy).toMatch(/ {6}scope:\n {8}production: user\.active && .*\n {8}staging: user\.active$/m);
  expect(policy).toMatch(/^ {6}write gains okta\/core-team, loses okta\/docs-team$/m);
  expect(policy).toContain(`  + permissions.extra (environments/staging.yaml:${lineOf("extra:")}:3)`);
  expect((await diff("staging", "production")).stdout).toContain("  - permissions.extra (");
});

test("--json is for machines, with the same exit code", async () => {
  stagingHas("permissions: { docs: { write: [core-team] } }\n");
  const { code, stdout } = await diff("production", "staging", "--json");
  expect(code).toBe(1);
  const report = JSON.parse(stdout);
  expect(report.environments.map(({ name }: { name: string }) => name)).toEqual(["production", "staging"]);
  expect(report.samePolicy).toBe(false);
  expect(report.policy).toEqual([
    {
      section: "permissions",
      name: "docs",
      kind: "changed",
      changes: [{ path: "write", gains: ["okta/core-team"], loses: ["okta/docs-team"] }],
      at: [expect.stringMatching(/policy\.yaml:\d+:3$/), expect.stringMatching(/staging\.yaml:\d+:16$/)],
    },
  ]);
  expect(report.bindings.map(({ name }: { name: string }) => name)).toContain("SCIM_PAGE_SIZE");
});

test.each([[["staging"]], [["staging", "production", "local"]], [["staging", "production", "--jsno"]]])(
  "wrong usage: diff %j",
  async (args) => {
    expect(await diff(...args)).toMatchObject({ code: 2, stdout: "" });
  },
);

test("an environment that is not valid is told", async () => {
  const { code, stdout, stderr } = await diff("staging", "prodution");
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain('did you mean "production.yaml"?');
});
