/** A reference that points at nothing is told in words, with what was probably meant, and never with a value. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveReference } from "../../secrets/resolve.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const told = async (reference: string, environment: NodeJS.ProcessEnv = {}) => {
  const answer = await resolveReference(reference, environment);
  return answer.ok ? answer.value : answer.error.slice(`${reference}: `.length);
};

test.each<[NodeJS.ProcessEnv, string]>([
  [{}, "is not set"],
  [{ HGSCIM_TOKEN: "" }, "is empty"],
  [{ HGSCIM_TOKN: "hunter2" }, "is not set (did you mean HGSCIM_TOKN?)"],
  [{ HGSCIM_TOKEN: "", hgscim_token: "hunter2" }, "is empty (did you mean hgscim_token?)"],
  [
    { HGSCIM_TOKEN_OLD: "hunter2", HGSCIM_TOKN: "hunter2", PATH: "/bin", HGSCIM_CA: "hunter2" },
    "is not set (did you mean HGSCIM_TOKN or HGSCIM_TOKEN_OLD?)",
  ],
  // one that holds nothing helps nobody
  [{ HGSCIM_TOKN: "" }, "is not set"],
  [{ AWS_SECRET: "hunter2", HOME: "/root" }, "is not set"],
])("of %j, the variable %s", async (environment, expected) => {
  expect(await told("ref+env://HGSCIM_TOKEN", environment)).toBe(
    `the environment variable HGSCIM_TOKEN ${expected}`,
  );
});

test("why a file cannot be read is said in words", async () => {
  const path = (name: string) => join(folder, name);
  mkdirSync(path("folder"));
  writeFileSync(path("empty"), "\n");
  writeFileSync(path("secret"), "hunter2\r\n");
  symlinkSync(path("circle"), path("circle"));
  const of = (name: string) => told(`ref+file://${path(name)}`);
  expect(await of("secret")).toBe("hunter2");
  expect(await of("nowhere")).toBe("no such file");
  expect(await of("secret/below")).toBe("a part of its path is no folder");
  expect(await of("folder")).toBe("it is a folder");
  expect(await of("empty")).toBe("the file is empty");
  expect(await of("circle")).toBe("a symbolic link that leads in a circle");
  if (process.getuid?.() === 0) return;
  chmodSync(path("secret"), 0);
  expect(await of("secret")).toBe("this user may not (EACCES)");
});

test("many at a time are all read, one of them for several who ask at once", async () => {
  const files = Array.from({ length: 12 }, (_, i) => join(folder, `secret-${i}`));
  for (const [i, file] of files.entries()) writeFileSync(file, `hunter${i}`);
  const asked = [...files, ...files].map((file) => told(`ref+file://${file}`));
  const expected = files.map((_, i) => `hunter${i}`);
  expect(await Promise.all(asked)).toEqual([...expected, ...expected]);
});
