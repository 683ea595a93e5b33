/** What `npm run generate` makes of the code: the JSON Schema, and pages. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { adminCodes, refusalCodes } from "../../api/codes.ts";
import { problemCodes } from "../../model/problem-codes.ts";
import { codesPage } from "../../report/documentation/codes-page.ts";
import { isExample } from "../../report/documentation/example-lines.ts";
import { generatedFiles } from "../../report/documentation/files.ts";

test.each(Object.entries(await generatedFiles()))("%s is what `npm run generate` writes", (file, text) => {
  expect(readFileSync(file, "utf8") === text, "stale: run `npm run generate`").toBe(true);
});

test("the page of codes has a row for each", () => {
  const rows = codesPage(new Map()).match(/^\| `[\w-]+` \|/gm);
  const codes = [problemCodes, refusalCodes, adminCodes].flatMap(Object.keys);
  expect(rows).toEqual(codes.map((code) => `| \`${code}\` |`));
});

test("a line stands above the example that it is told of, and marks of Markdown stay text", () => {
  const page = codesPage(new Map([["shadowed", "read: [`a|b`]"]]));
  expect(page).toContain("| `` read: [`a\\|b`] ``<br>`okta/writers is given read already:");
});

test.each([
  ["no such file", "no such file", true],
  ["no such file", "no such", false],
  ["no such file", "such file", false],
  ["one of a, b (did you mean a?)", "one of … (did you mean a?)", true],
  ["one of a, b (did you mean b?)", "one of … (did you mean a?)", false],
  ["(expected x)", "(expected …)", true],
  ["xxxxx", ".....", false],
])("%j told of %j: %j", (message, example, expected) => {
  expect(isExample(message, example)).toBe(expected);
});
