/** `hgscim validate --show`: one environment with all that it extends, and where each value came from. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mergedText } from "../../cli/merged-text.ts";
import { digestsOf } from "../../model/digest.ts";
import { toData } from "../../model/document.ts";
import { environmentFiles, loadEnvironment } from "../../model/load.ts";
import { parseText } from "../../model/yaml.ts";
import { hgscim } from "./hgscim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-show-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function digestOf(file: string): Promise<string> {
  const loaded = await loadEnvironment(file);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return digestsOf(loaded.value.release).release;
}

test("what is shown of each environment of the project is the same release, without what it extends", async () => {
  const files = await environmentFiles("environments");
  if (!files.ok) throw new Error("no environments");
  for (const file of files.value) {
    const { code, stdout, stderr } = await hgscim(["validate", "--show", file], { cwd: process.cwd() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toMatch(/^(extends|limits)/m);
    const copy = join(folder, "alone", file.replace("environments/", ""));
    mkdirSync(join(folder, "alone"), { recursive: true });
    writeFileSync(copy, stdout);
    expect(await digestOf(copy)).toBe(await digestOf(file));
    rmSync(copy);
  }
});

test("each value says the file and line that it came from", async () => {
  const { stdout } = await hgscim(["validate", "--show", "production"], { cwd: process.cwd() });
  const values = stdout.split("\n").filter((line) => line !== "" && !/^\s*\S+:$/.test(line));
  expect(values.length).toBeGreaterThan(30);
  for (const line of values) {
    const [, key, file, number] = /^\s*([\w-]+): .+ {2}# (\S+\.yaml):(\d+)$/.exec(line) ?? [];
    const source = readFileSync(resolve(String(file)), "utf8").split("\n")[Number(number) - 1];
    expect(source).toContain(key);
  }
  expect(stdout).toMatch(/^ {4}scope: .+ {2}# environments\/shared\/policy\.yaml:\d+$/m);
  expect(stdout).toMatch(/^ {4}token: ref\+env:\/\/HGSCIM_TOKEN {2}# environments\/production\.yaml:\d+$/m);
});

test("whatever data a file holds reads back from what is shown of it", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
      const written = parseText("a.yaml", JSON.stringify(data).replace(/[\u007f-\uffff]/g, escaped));
      if (!written.ok) return;
      const { extends: _, limits: __, ...expected } = toData(written.value) as Record<string, unknown>;
      const shown = parseText("b.yaml", mergedText(written.value));
      if (!shown.ok) throw new Error(JSON.stringify(shown.error));
      expect(toData(shown.value) ?? {}).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

test("an environment that is not valid is told, not shown", async () => {
  writeFileSync(join(folder, "bad.yaml"), "delivery: { agent: { url: 7, token: hunter2 } }\n");
  const { code, stdout, stderr } = await hgscim(["validate", "--show", "./bad.yaml"], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^bad\.yaml:1:27: /);
  expect(stderr).not.toContain("hunter2");
});

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
