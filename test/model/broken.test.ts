/** Broken environment files: each is told for every mistake, at its place, by its code, and for nothing else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";
import { loadTogether } from "../../model/load-together.ts";
import { brokenFiles, expectedOf, toldOf } from "./broken-files.ts";

const folder = join("test", "model", "broken");
const files = brokenFiles(folder);

const told = new Map<string, Promise<string[]>>();
/** What is told of a file, which is loaded once. */
function problems(name: string): Promise<string[]> {
  const known =
    told.get(name) ??
    loadEnvironment(join(folder, name)).then((loaded) => toldOf(folder, name, loaded.ok ? [] : loaded.error));
  told.set(name, known);
  return known;
}

describe("broken environment files", () => {
  test("there are at least 100", () => expect(files.length).toBeGreaterThanOrEqual(100));

  test.each(files)("%s", async (name) => {
    const expected = expectedOf(join(folder, name));
    expect(expected.length).toBeGreaterThan(0);
    expect(await problems(name)).toEqual(expected.map((text) => expect.stringMatching(text)));
  });

  test("every problem says what was expected, and none repeats a secret", async () => {
    for (const problem of (await Promise.all(files.map(problems))).flat()) {
      expect(problem).toMatch(/\(expected .+\)$/);
      expect(problem.toLowerCase()).not.toContain("hunter2");
    }
    expect(
      files.filter((name) => readFileSync(join(folder, name), "utf8").match(/hunter2/i)).length,
    ).toBeGreaterThan(10);
  });
});

describe("environments that are broken beside each other", () => {
  const beside = join("test", "model", "broken-together");

  test.each(brokenFiles(beside))("%s", async (name) => {
    const [loaded] = await loadTogether([join(beside, name)]);
    const expected = expectedOf(join(beside, name)).map((text) => expect.stringMatching(text));
    expect(toldOf(beside, name, loaded?.ok === false ? loaded.error : [])).toEqual(expected);
  });
});
