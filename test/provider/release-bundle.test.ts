import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { run } from "../cli/hgscim.ts";

const bundle = resolve("dist/provider/terraform-provider-hgscim");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-bundle-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the same sources give the same bytes, wherever they are built, and nothing tells where", async () => {
  const before = readFileSync(bundle);
  const built = await run(process.execPath, [resolve("build/build.mjs")], { cwd: folder });
  expect(built).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(readFileSync(bundle).equals(before)).toBe(true);
  expect(before.includes(process.cwd())).toBe(false);
});

test.each(["commonjs", "module"])("the one file runs by itself in a package of type %s", async (type) => {
  const copy = join(folder, "terraform-provider-hgscim");
  copyFileSync(bundle, copy);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type }));
  expect(statSync(copy).mode & 0o111).toBe(0o111);
  // started by anybody but terraform it says what it is
  const { code, stderr } = await run(copy, [], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^This is a Terraform provider: .*\n$/);
});

// terraform shows the first line that a provider prints, and nothing of its stderr
test("a machine without Node, or with one that is too old, is told on standard output", async () => {
  const needs = "The provider hgscim needs Node.js 20.19 or later, and";
  const env = { PATH: folder };
  expect(await run(bundle, [], { cwd: folder, env })).toEqual({
    code: 1,
    stdout: `${needs} there is no node on the PATH.\n`,
    stderr: "",
  });
  // what Node 18 lacks
  writeFileSync(
    join(folder, "18.cjs"),
    'delete process.getBuiltinModule; Object.defineProperty(process, "version", { value: "v18.20.8" });',
  );
  const node = `#!/bin/sh\nexec "${process.execPath}" --require "${folder}/18.cjs" "$@"\n`;
  writeFileSync(join(folder, "node"), node, { mode: 0o755 });
  expect(await run(bundle, [], { cwd: folder, env })).toEqual({
    code: 1,
    stdout: `${needs} node on the PATH is v18.20.8.\n`,
    stderr: "",
  });
});
