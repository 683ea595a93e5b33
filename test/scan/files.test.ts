/** What a person asks for is scanned, or it is told that it was not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { filesAskedFor } from "../../scan/files.ts";

const folder = mkdtempSync(join(tmpdir(), "hgscim-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
mkdirSync(at("empty"));
mkdirSync(at("data"));
mkdirSync(at("mixed"));
writeFileSync(at("data/image.png"), "\0");
writeFileSync(at("mixed/large.sql"), " ".repeat(6 << 20));
writeFileSync(at("mixed/a.yaml"), "a: 1\n");

const told = async (name: string) => {
  const items = [];
  for await (const item of filesAskedFor(at(name)))
    items.push("reason" in item ? [item.file, item.reason, item.asked] : [item.file]);
  return items.sort();
};
const nothing =
  "nothing in it to scan (expected text that the checkout tracks, or untracked files by their names)";
const large = "larger than 5 MiB";

test.each([
  ["empty", [[at("empty"), nothing, true]]],
  ["data", [[at("data"), nothing, true]]],
  ["data/image.png", [[at("data/image.png"), nothing, true]]],
  ["mixed/large.sql", [[at("mixed/large.sql"), large, true]]],
  ["mixed", [[at("mixed/a.yaml")], [at("mixed/large.sql"), large, undefined]]],
  ["mixed/a.yaml", [[at("mixed/a.yaml")]]],
])("%s", async (name, expected) => {
  expect(await told(name)).toEqual(expected);
});
