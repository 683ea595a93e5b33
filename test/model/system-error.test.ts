/** What the operating system says no to comes in words, with the file that it is about. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemReason, systemSentence } from "../../model/system-error.ts";

test("an error of the system is a file and a reason, any other one its own words", () => {
  const folder = mkdtempSync(join(tmpdir(), "hgscim-system-"));
  const file = join(folder, "file");
  writeFileSync(file, "");
  const thrown = (act: () => unknown): Error => {
    try {
      act();
    } catch (error) {
      return error as Error;
    }
    throw new Error("nothing was thrown");
  };
  expect(systemSentence(thrown(() => readFileSync(join(folder, "no"))))).toBe(`${folder}/no: no such file`);
  expect(systemSentence(thrown(() => mkdirSync(file)))).toBe(`${file}: something else is there`);
  expect(systemSentence(thrown(() => readFileSync(folder)))).toBe(
    "EISDIR: illegal operation on a directory, read",
  );
  expect(systemSentence(thrown(() => renameSync(file, folder)))).toBe(`${folder}: something else is there`);
  rmSync(folder, { recursive: true });
  expect(systemSentence(new Error("the store is of a newer version"))).toBe(
    "the store is of a newer version",
  );
  expect(systemReason({ code: "ESTALE" })).toBe("ESTALE");
  expect(systemReason(new Error("what"))).toBe("it cannot be read");
});
