import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Testing } from "cdktf";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestsOf } from "../../model/digest.ts";
import { type LoadedEnvironment, loadEnvironment } from "../../model/load.ts";
import { releaseFileText } from "../../model/release-file.ts";
import { EnvironmentStack } from "../../stacks/environment-stack.ts";
import { synthesize } from "../../stacks/synthesize.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-command-"));
  process.env.CDKTF_OUTDIR = join(folder, "cdktf.out");
});
afterEach(() => {
  delete process.env.CDKTF_OUTDIR;
  rmSync(folder, { recursive: true, force: true });
});

async function airgap(): Promise<LoadedEnvironment> {
  const loaded = await loadEnvironment("environments/airgap.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}
const stackOf = (environment: LoadedEnvironment) =>
  JSON.parse(Testing.synth(new EnvironmentStack(Testing.app(), environment), true));

test("one null_resource with the digests as triggers hands the release file to the command", async () => {
  const environment = await airgap();
  const { release: digest, policy } = digestsOf(environment.release);
  const stack = stackOf(environment);
  expect(Object.keys(stack.resource)).toEqual(["null_resource"]);
  const { triggers, provisioner, lifecycle } = stack.resource.null_resource.release;
  expect(triggers).toEqual({ digest, policy_digest: policy });
  // what prevents destruction would prevent each replacement, and so each delivery
  expect(lifecycle).toBeUndefined();
  expect(provisioner).toHaveLength(1);
  expect(provisioner[0]["local-exec"].environment).toEqual({
    HGSCIM_RELEASE_FILE: `\${abspath(path.module)}/release-${digest.slice(7, 19)}.json`,
    HGSCIM_ENVIRONMENT: "airgap",
    HGSCIM_DIGEST: digest,
    HGSCIM_POLICY_DIGEST: policy,
  });
  expect(stack.terraform.required_providers).toEqual({ null: { source: "null", version: "3.2.4" } });
  expect(stack.provider).toEqual({ null: [{}] });
});

test("what was accepted beyond the bounds is delivered too, though it is no part of the digest", async () => {
  const environment = await airgap();
  const accept = { from: `sha256:${"0".repeat(64)}`, lose: 1, protected: [] };
  const [before, after] = [stackOf(environment), stackOf({ ...environment, accept })].map(
    (stack) => stack.resource.null_resource.release.triggers,
  );
  expect(after.digest).toBe(before.digest);
  expect(after).not.toEqual(before);
});

test("synthesis lays the release file beside the stack, without an earlier one and without our provider", async () => {
  const environment = await airgap();
  const stack = join(folder, "cdktf.out/stacks/airgap");
  mkdirSync(stack, { recursive: true });
  writeFileSync(join(stack, "release-000000000000.json"), "{}");
  writeFileSync(join(stack, "release-notes.txt"), "");
  expect(synthesize([environment])).toEqual({ ok: true, value: new Map([["airgap", stack]]) });
  const { release: digest } = digestsOf(environment.release);
  const name = `release-${digest.slice(7, 19)}.json`;
  expect(readdirSync(stack).sort()).toEqual(["cdk.tf.json", name, "release-notes.txt"].sort());
  expect(readFileSync(join(stack, name), "utf8")).toBe(releaseFileText(environment));
});

test("every folder synthesizes the same", async () => {
  const environment = await airgap();
  const all = () => {
    const synthesized = synthesize([environment]);
    const [stack = ""] = synthesized.ok ? synthesized.value.values() : [];
    return readdirSync(stack).map((name) => [name, readFileSync(join(stack, name), "utf8")]);
  };
  const here = all();
  const elsewhere = mkdtempSync(join(tmpdir(), "hgscim-command-"));
  process.env.CDKTF_OUTDIR = join(elsewhere, "cdktf.out");
  const there = all();
  rmSync(elsewhere, { recursive: true });
  expect(there).toEqual(here);
  expect(here).toHaveLength(2);
});
