/** `hgscim test` as a person meets it: samples that pass, a difference where one fails, mistakes at their line. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hgscim } from "./hgscim.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-policy-tests-"));
  mkdirSync(join(folder, "environments/tests"), { recursive: true });
  for (const name of ["local.yaml", "shared"])
    cpSync(join("environments", name), join(folder, "environments", name), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (...args: string[]) => hgscim(["test", ...args], { cwd: folder });

function write(text: string): void {
  writeFileSync(join(folder, "environments/tests/a.yaml"), text);
}

const alice = `environments: [local]
tests:
  alice pushes:
    given: { users: [{ userName: alice@example.com, groups: [engineering] }], groups: [core-team] }
    when:
      method: PATCH
      path: /Groups/{core-team}
      body: { Operations: [{ op: Add, path: members, value: [{ value: "{alice@example.com}" }] }] }
    expect:
      decision: accepted
      access: { alice: { core/api: write, "core/api#stable": read, docs: read, nowhere: uncovered } }
`;

describe("hgscim test", () => {
  test("passes the samples of this project", async () => {
    // and each line of what they are about is covered
    const { code, stdout, stderr } = await hgscim(["test", "--coverage", "100%"], { cwd: resolve(".") });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^[1-9]\d* passed, 0 failed, in [\d.]+ s\ncoverage of constraints: 100%, \d+ of \d+ parts\ncoverage of local: 100%, \d+ of \d+ parts\n$/,
    );
  });

  test("names what no test covers, and fails below a share", async () => {
    write(alice);
    const { code, stdout, stderr } = await run("--coverage", "40%");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "local: policy tests cover 30% of its parts (expected 40% or more)\n",
    });
    expect(stdout).toContain("coverage of local: 30%, 3 of 10 parts\n");
    expect(stdout).toMatch(
      /policy\.yaml:\d+:3: permissions\.core: read of okta\/engineering: no test fails without it/,
    );
    expect(stdout).toMatch(/policy\.yaml:\d+:3: constraints\.reserved-names: no test meets it/);
    expect((await run("--coverage", "30%")).code).toBe(0);
    const json = JSON.parse((await run("--coverage", "--json")).stdout);
    expect(json.coverage).toMatchObject([{ environment: "local", share: 30, parts: 10, covered: 3 }]);
    expect(json.coverage[0].uncovered).toContainEqual({
      at: expect.stringMatching(/policy\.yaml:\d+:3$/),
      entry: "permissions.docs",
      part: "write of okta/docs-team",
      met: true,
    });
    expect((await run("--coverage", "--format", "junit")).stdout).toContain(
      '<property name="coverage" value="30%"/>',
    );
    expect(await run("--coverage", "local")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        "--coverage local: not a share (expected such as 80%, environments before it)",
      ),
    });
  });

  test("says at which line what is otherwise", async () => {
    write(alice.replace("docs: read", "docs: write").replace("decision: accepted", "decision: rejected"));
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(stdout).toContain("local: alice pushes\n");
    expect(stdout).toMatch(/a\.yaml:10:17: accepted: .+ \(expected rejected\)/);
    expect(stdout).toMatch(/a\.yaml:11:74: alice has read on docs \(expected write\)/);
    expect(stdout).toContain("0 passed, 1 failed");
  });

  test("what one test does is gone in the next", async () => {
    write(
      `${alice}  nobody is there any more:
    when: { method: POST, path: /Users, body: { userName: alice@example.com } }
    expect: { decision: accepted, account: alice, access: { alice: { core/api: none } } }
`,
    );
    expect(await run()).toMatchObject({ code: 0, stderr: "" });
  });

  test("a refused request names its constraint and leaves nothing", async () => {
    write(`environments: [local]
tests:
  eve stays outside:
    when: { method: POST, path: /Users, body: { userName: eve@evil.example } }
    expect: { decision: rejected, status: 400, because: corporate-email, account: none }
`);
    expect(await run("local")).toMatchObject({ code: 0, stderr: "" });
  });

  test("answers as JSON and as JUnit, with the differences in both", async () => {
    write(alice.replace("docs: read", "docs: write"));
    const { tests } = JSON.parse((await run("--format", "json")).stdout);
    expect(tests).toMatchObject([
      {
        environment: "local",
        name: "alice pushes",
        passed: false,
        differences: [{ line: 11, column: 74, message: "alice has read on docs (expected write)" }],
      },
    ]);
    const { code, stdout } = await run("--format", "junit");
    expect(code).toBe(1);
    expect(stdout).toContain('<testsuite name="local" tests="1" failures="1"');
    expect(stdout).toContain('<failure message="alice has read on docs (expected write)">');
  });

  test.each([
    [
      "an unknown environment",
      alice.replace("[local]", "[locl]"),
      '1:16: no environment "locl" (expected an environment beside tests/, did you mean "local"?)',
    ],
    ["an unknown key", alice.replace("decision:", "decison:"), '10:7: unknown key "decison" (expected'],
    [
      "a wrong right",
      alice.replace("docs: read", "docs: push"),
      '11:74: unknown value "push" (expected one of read, write, none',
    ],
    [
      "a payload that is not there",
      alice.replace(/body: .*/, "payload: none.json"),
      "8:16: no payload there: no such file (expected",
    ],
  ])("%s is a problem at its line", async (_, text, message) => {
    write(text);
    const { code, stdout, stderr } = await run();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
  });

  test("somebody who was not given is told with those who were", async () => {
    write(alice.replace("/Groups/{core-team}", "/Groups/{core-taem}"));
    const { code, stdout } = await run();
    expect(code).toBe(1);
    expect(stdout).toContain(
      'a.yaml:7:13: nobody given is named "core-taem" (expected one of alice@example.com',
    );
  });

  test("without a single test a run is no success", async () => {
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toContain("no policy test for any environment (expected one in environments/tests)");
  });
});
