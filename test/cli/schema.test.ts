/** `hgscim schema`: what an editor is given, on standard output or as a file. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hgscim } from "./hgscim.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-schema-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const call = (...args: string[]) => hgscim(["schema", ...args], { cwd: folder });
const schema = readFileSync("environments/schema.json", "utf8");

test("it is printed, or written to a file, and is the one that the environments here name", async () => {
  expect(await call()).toEqual({ code: 0, stdout: schema, stderr: "" });
  for (let times = 0; times < 2; times++)
    expect(await call("--out", "schema.json")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(readFileSync(join(folder, "schema.json"), "utf8")).toBe(schema);
  expect(readdirSync(folder)).toEqual(["schema.json"]);
});

test("a file that cannot be written is told, and nothing is left", async () => {
  mkdirSync(join(folder, "taken"));
  for (const [file, reason] of [
    ["missing/schema.json", "no such file"],
    ["taken", "it is a folder"],
  ] as const)
    expect(await call("--out", file)).toEqual({
      code: 1,
      stdout: "",
      stderr: `${file} cannot be written: ${reason}\n`,
    });
  expect(readdirSync(folder)).toEqual(["taken"]);
});
