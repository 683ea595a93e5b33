/** Broken files of policy tests: each is told for every mistake, at its place, by its code. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadTestFile } from "../../cli/test/load.ts";
import { brokenFiles, expectedOf, toldOf } from "../model/broken-files.ts";

const folder = join("test", "cli", "broken-tests");

test.each(brokenFiles(folder))("%s", async (name) => {
  const loaded = await loadTestFile(join(folder, name), ["local", "staging"]);
  const expected = expectedOf(join(folder, name)).map((text) => expect.stringMatching(text));
  expect(expected.length).toBeGreaterThan(0);
  expect(toldOf(folder, name, loaded.ok ? [] : loaded.error)).toEqual(expected);
});
