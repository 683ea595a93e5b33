/**
 * Broken environment files, each with the problems that it must be told for on its first lines: `# expect LINE:COLUMN
 * MESSAGE`, with the file before them where it is another one. `…` stands for any text, so that a new key in the
 * schema does not change them all.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { loadEnvironment } from "../../model/load.ts";

const folder = join("test", "model", "broken");
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

async function problems(name: string): Promise<string[]> {
  const file = join(folder, name);
  const loaded = await loadEnvironment(file);
  if (loaded.ok) return [];
  return loaded.error.map(({ at, message }) => {
    const place = `${at.line}:${at.column} ${message}`;
    return at.file === file ? place : `${relative(folder, at.file)}:${place}`;
  });
}

describe("broken environment files", () => {
  test("there are at least 100", () => expect(files.length).toBeGreaterThanOrEqual(100));

  test.each(files)("%s", async (name) => {
    const expected = readFileSync(join(folder, name), "utf8")
      .split("\n")
      .flatMap((line) => /^# expect (.+)$/.exec(line)?.[1] ?? []);
    expect(expected.length).toBeGreaterThan(0);
    expect(await problems(name)).toEqual(expected.map((text) => expect.stringMatching(pattern(text))));
  });

  test("every problem says what was expected, and none repeats a secret", async () => {
    const told = (await Promise.all(files.map(problems))).flat();
    for (const problem of told) {
      expect(problem).toMatch(/\(expected .+\)$/);
      expect(problem.toLowerCase()).not.toContain("hunter2");
    }
    expect(
      files.filter((name) => readFileSync(join(folder, name), "utf8").match(/hunter2/i)).length,
    ).toBeGreaterThan(10);
  });
});

function pattern(text: string): RegExp {
  const literal = (part: string) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${text.split("…").map(literal).join(".*")}$`);
}
