/** Which terraform `hgscim` runs: one that is too old is refused in a sentence, before anything else is asked of it. */
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Finished, hgscim } from "./hgscim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-terraform-version-"));
  cpSync("environments", join(folder, "environments"), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs hgscim with a terraform that answers `version` with these lines, and fails at anything else. */
async function runWith(answer: string, ...args: string[]): Promise<Finished & { asked: string[] }> {
  const program = join(folder, "old-terraform");
  writeFileSync(join(folder, "answer"), answer);
  writeFileSync(
    program,
    `#!/bin/sh\necho "$1" >>"${folder}/asked"\n[ "$1" = version ] && exec cat "${folder}/answer"\nexit 9\n`,
  );
  chmodSync(program, 0o755);
  const finished = await hgscim(args, { cwd: folder, env: { TERRAFORM_BINARY_NAME: program } });
  const asked = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
  return { ...finished, asked };
}
const json = (version: string) => JSON.stringify({ terraform_version: version, platform: "linux_amd64" });

test.each([
  ["1.4.7", json("1.4.7")],
  ["0.15.5", json("0.15.5")],
  // before it had -json
  ["0.12.31", "Terraform v0.12.31\n\nYour version of Terraform is out of date!\n"],
])("version %s is refused before it is run", async (version, answer) => {
  for (const args of [
    ["plan", "local"],
    ["deploy", "local", "--yes"],
  ]) {
    const { code, stdout, stderr, asked } = await runWith(answer, ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      new RegExp(
        `^.*/old-terraform is version ${version} \\(expected Terraform 1\\.5\\.0 or later: https://.*/install\\)\\n$`,
      ),
    );
    expect(new Set(asked)).toEqual(new Set(["version"]));
  }
});

test("a program that tells no version is none", async () => {
  const { code, stderr, asked } = await runWith("hello\n", "plan", "local");
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /old-terraform does not tell its version \(expected Terraform 1\.5\.0 or later: .*\)\n$/,
  );
  expect(asked).toEqual(["version"]);
});

test.each(["1.5.0", "1.5.0-rc1", "1.10.2", "2.0.0-beta1"])("version %s is run", async (version) => {
  const { asked } = await runWith(json(version), "plan", "local");
  expect(asked).toEqual(["version", "init"]);
});
