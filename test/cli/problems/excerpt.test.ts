/** The line under a problem: what is shown of it, where the mark stands, and that no secret is on it. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { excerptOf } from "../../../cli/problems/excerpt.ts";
import { problemText } from "../../../cli/problems/text.ts";
import { loadEnvironment } from "../../../model/load.ts";

const known = new Set(["scope", "user", "active", "vars", "token", "type", "read"]);
const shown = (line: string, column: number) => {
  const excerpt = excerptOf(line, column, known);
  return excerpt && [excerpt.text, excerpt.mark];
};

test.each<[string, string, number, string[] | undefined]>([
  [
    "known words and marks",
    "  scope: user.active && !user.x",
    26,
    ["  scope: user.active && !user.x", `${" ".repeat(25)}^`],
  ],
  ["an unknown word", "  token: hunter2", 10, ["  token: …", "         ^"]],
  ["the middle of an unknown word", "  token: hunter2", 13, ["  token: …", "         ^"]],
  ["what follows an unknown word", "token: hunter2 user", 16, ["token: … user", "         ^"]],
  ["a word that is known beside one that is not", "token: user-hunter2", 8, ["token: …", "       ^"]],
  ["marks that could be a password", "token: %$&!", 8, ["token: …", "       ^"]],
  ["a secret with a colon in it", "token: a:hunter2:b", 8, ["token: …", "       ^"]],
  ["digits", "token: 4711", 8, ["token: …", "       ^"]],
  ["tabs", "\tscope:\tuser", 9, ["\tscope:\tuser", "\t      \t^"]],
  ["the end of the line", "scope: user", 12, ["scope: user", "           ^"]],
  ["characters of two units", "token: 😀😀 user", 13, ["token: … user", "         ^"]],
  ["what speaks to a terminal", "token: \u001b[2J user", 13, ["token: …[… user", "           ^"]],
  [
    "a variable",
    "scope: user == vars.SCIM_NAME",
    21,
    ["scope: user == vars.SCIM_NAME", `${" ".repeat(20)}^`],
  ],
  ["an empty line", "   ", 1, undefined],
])("%s", (_, line, column, expected) => expect(shown(line, column)).toEqual(expected));

test("a wide line is cut around the column, and half a word is not taken for a word", () => {
  const wide = `${"user, ".repeat(200_000)}token: hunter2, ${"user, ".repeat(200_000)}`;
  const [text = "", mark = ""] = shown(wide, 1_200_001) ?? [];
  expect(text.length).toBeLessThanOrEqual(122);
  expect(text.slice(mark.length - 1)).toMatch(/^token: …, user/);
  expect(shown(`${"x".repeat(999)}user${"y".repeat(5000)}`, 2000)?.[0]).toBe("…");
});

test("whatever the line is, the mark stands on it, and a word that is not known is not", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(60), (before, after, column) => {
      const excerpt = excerptOf(`${before}hunter2${after}`.replace(/\n/g, " "), column + 1, known);
      expect(excerpt?.text).not.toContain("hunter");
      expect(excerpt?.mark.length).toBeLessThanOrEqual((excerpt?.text.length ?? 0) + 1);
    }),
  );
});

test("of no broken file of the corpus a secret is shown, on whatever line a problem is", async () => {
  const folder = join("test", "model", "broken");
  let excerpts = 0;
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".yaml"))) {
    const loaded = await loadEnvironment(join(folder, name));
    const text = await problemText(loaded.ok ? [] : loaded.error);
    expect(text.toLowerCase()).not.toContain("hunter2");
    excerpts += text.match(/^ +\^$/gm)?.length ?? 0;
  }
  expect(excerpts).toBeGreaterThan(100);
});
