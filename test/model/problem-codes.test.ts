/** Every problem that validation tells has a code, every code is told, and what a code gives as an example is told too. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadTestFile } from "../../cli/test/load.ts";
import { loadEnvironment } from "../../model/load.ts";
import { loadTogether } from "../../model/load-together.ts";
import { type Checked, maxProblems, type Problem, toldOf } from "../../model/problem.ts";
import { type ProblemCode, problemCodes } from "../../model/problem-codes.ts";
import { isExample } from "../../report/documentation/example-lines.ts";
import { brokenFiles } from "./broken-files.ts";

const codes = Object.keys(problemCodes) as ProblemCode[];

async function problemsOf(
  folder: string,
  load: (file: string) => Promise<Checked<unknown> | undefined>,
): Promise<Problem[]> {
  const loaded = await Promise.all(brokenFiles(folder).map((name) => load(join(folder, name))));
  return loaded.flatMap((one) => (one?.ok === false ? one.error : []));
}

const at = { file: "many.yaml", line: 1 };
const tooMany = Array.from({ length: maxProblems + 1 }, (_, column): Problem => {
  return { at: { ...at, column }, code: "unknown-key", message: 'unknown key "x" (expected …)' };
});
const told = [
  ...(await problemsOf("test/model/broken", loadEnvironment)),
  ...(await problemsOf("test/model/broken-together", async (file) => (await loadTogether([file]))[0])),
  ...(await problemsOf("test/cli/broken-tests", (file) => loadTestFile(file, ["local", "staging"]))),
  ...toldOf(tooMany),
];

test("every problem of the broken files has a registered code", () => {
  expect(told.filter(({ code }) => !Object.hasOwn(problemCodes, code))).toEqual([]);
});

test("every code is told of a broken file", () => {
  const shown = new Set(told.map(({ code }) => code));
  expect(codes.filter((code) => !shown.has(code))).toEqual([]);
});

test.each(codes)("%s: its example is what is told, and it says what to do", (code) => {
  const { means, example, mend } = problemCodes[code];
  const messages = told.filter((problem) => problem.code === code).map(({ message }) => message);
  expect(messages).toContainEqual(expect.toSatisfy((message: string) => isExample(message, example)));
  expect([means, mend]).toEqual([
    expect.stringMatching(/^[A-Z`].*\.$/),
    expect.stringMatching(/^[A-Z`].*\.$/),
  ]);
  expect(code).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
});
