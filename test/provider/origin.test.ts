/** Which revision the history names: that of the checkout in which the environment files lie, and of no other one. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changeRevision } from "../../provider/origin.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-origin-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const env = { ...process.env, HGPLAIN: "1", HGRCPATH: "", HGUSER: "ada", GIT_CONFIG_GLOBAL: "/dev/null" };
const run = (program: string, cwd: string, ...args: string[]) =>
  execFileSync(program, args, { cwd, env, encoding: "utf8" }).trim();

function gitRepository(path: string): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "local.yaml"), path);
  run("git", path, "init", "--quiet");
  run("git", path, "add", "local.yaml");
  run(
    "git",
    path,
    "-c",
    "user.name=ada",
    "-c",
    "user.email=ada@example.com",
    "commit",
    "--quiet",
    "-m",
    "one",
  );
  return run("git", path, "rev-parse", "HEAD");
}

function hgRepository(path: string): string {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "local.yaml"), path);
  run("hg", path, "init");
  run("hg", path, "commit", "--addremove", "--quiet", "-m", "one");
  return run("hg", path, "identify", "--id");
}

test("a checkout within another one is the files' own, whichever system has which", async () => {
  const outer = gitRepository(join(folder, "git"));
  const inner = hgRepository(join(folder, "git", "environments"));
  mkdirSync(join(folder, "git", "environments", "deeper"));
  expect(await changeRevision(join(folder, "git"), {})).toBe(outer);
  expect(await changeRevision(join(folder, "git", "environments"), {})).toBe(inner);
  expect(await changeRevision(join(folder, "git", "environments", "deeper"), {})).toBe(inner);

  const around = hgRepository(join(folder, "hg"));
  const within = gitRepository(join(folder, "hg", "environments"));
  expect(await changeRevision(join(folder, "hg"), {})).toBe(around);
  expect(await changeRevision(join(folder, "hg", "environments"), {})).toBe(within);
});

test("a CI system's word is about its own checkout: it counts where the files are in none", async () => {
  const revision = gitRepository(join(folder, "git"));
  const ci = { GITHUB_SHA: "0123", CI_COMMIT_SHA: "4567" };
  expect(await changeRevision(join(folder, "git"), ci)).toBe(revision);
  expect(await changeRevision(folder, ci)).toBe("0123");
  expect(await changeRevision(folder, {})).toBeUndefined();
  expect(await changeRevision(join(folder, "git"), { ...ci, HGSCIM_REVISION: "ours" })).toBe("ours");
});

test("edits that no revision holds are told", async () => {
  const revision = gitRepository(folder);
  writeFileSync(join(folder, "local.yaml"), "changed");
  expect(await changeRevision(folder, {})).toBe(`${revision}-dirty`);
});

test("a .hg that came with the files says nothing about what runs", async () => {
  hgRepository(folder);
  const proof = join(folder, "ran");
  writeFileSync(join(folder, ".hg", "hgrc"), `[hooks]\npre-identify = touch ${proof}\n`);
  const revision = await changeRevision(folder, {});
  expect(revision).toMatch(/^[0-9a-f]{12}$/);
  expect(existsSync(proof)).toBe(false);
});
