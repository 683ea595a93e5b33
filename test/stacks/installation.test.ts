import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";
import { synthesize } from "../../stacks/synthesize.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-installation-"));
  process.env.CDKTF_OUTDIR = join(folder, "cdktf.out");
});
afterEach(() => {
  delete process.env.CDKTF_OUTDIR;
  rmSync(folder, { recursive: true, force: true });
});

async function synthesizeLocal(): Promise<string> {
  const loaded = await loadEnvironment("environments/local.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const synthesized = synthesize([loaded.value]);
  if (!synthesized.ok) throw new Error(synthesized.error.join());
  return [...synthesized.value.values()][0] ?? "";
}

/** Without a network, without a configuration of the user's, and with nothing installed before. */
function terraform(cwd: string, ...args: string[]) {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    CHECKPOINT_DISABLE: "1",
    HTTPS_PROXY: "http://127.0.0.1:9",
  };
  const { status, stdout, stderr } = spawnSync("terraform", [...args, "-no-color"], {
    cwd,
    env,
    encoding: "utf8",
  });
  return { status, text: stdout + stderr };
}

function installedFile(stack: string): string {
  const plugins = join(stack, "terraform.d", "plugins");
  const name = readdirSync(plugins, { recursive: true, encoding: "utf8" }).find((path) =>
    path.endsWith("terraform-provider-hgscim"),
  );
  return join(plugins, name ?? "");
}

test("terraform installs the provider from the stack's folder, by the lock that is there", async () => {
  const stack = await synthesizeLocal();
  const lock = readFileSync(join(stack, ".terraform.lock.hcl"), "utf8");
  expect(terraform(stack, "init")).toMatchObject({ status: 0 });
  expect(readFileSync(join(stack, ".terraform.lock.hcl"), "utf8")).toBe(lock);
  // terraform starts it, and checks the configuration against its schema
  expect(terraform(stack, "validate")).toMatchObject({
    status: 0,
    text: expect.stringContaining("is valid"),
  });
});

test("another file than the one that was laid there is not run", async () => {
  const stack = await synthesizeLocal();
  appendFileSync(installedFile(stack), "\n");
  const { status, text } = terraform(stack, "init");
  expect(status).toBe(1);
  expect(text).toMatch(/doesn't match any of the\s+checksums previously recorded/);
});

test("a stack that was synthesized elsewhere, or by an earlier version, is put right", async () => {
  const stack = await synthesizeLocal();
  const packages = dirname(dirname(realpathSync(installedFile(stack))));
  for (const name of readdirSync(packages)) {
    rmSync(join(packages, name), { recursive: true });
    mkdirSync(join(packages, name));
    writeFileSync(join(packages, name, "terraform-provider-hgscim"), "of before");
  }
  await synthesizeLocal();
  expect(terraform(stack, "init")).toMatchObject({ status: 0 });
  const texts = readdirSync(packages).map((name) =>
    readFileSync(join(packages, name, "terraform-provider-hgscim"), "utf8"),
  );
  expect(texts).toHaveLength(4);
  expect(new Set(texts).size).toBe(1);
  expect(readdirSync(stack).sort()).toEqual([
    ".terraform",
    ".terraform.lock.hcl",
    "cdk.tf.json",
    "impact",
    expect.stringMatching(/^release-.*\.json$/),
    "terraform.d",
  ]);
});

test("a second synthesis touches nothing that is right, and puts right what is not", async () => {
  const stack = await synthesizeLocal();
  const file = installedFile(stack);
  const before = statSync(file);
  await synthesizeLocal();
  expect(statSync(file)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  appendFileSync(file, "\n");
  await synthesizeLocal();
  expect(statSync(file)).toMatchObject({ size: before.size, mode: before.mode });
  expect(terraform(stack, "init")).toMatchObject({ status: 0 });
});
