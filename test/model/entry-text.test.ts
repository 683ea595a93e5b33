import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, type ReadonlyJson } from "../../model/canonical.ts";
import { digestsOf, type ReleaseData, sectionNames } from "../../model/digest.ts";
import { entryText, parseEntry } from "../../model/entry-text.ts";
import { environmentFiles, loadEnvironment } from "../../model/load.ts";

test("a set is an object of its items, and other lists stay lists", () => {
  const entry = {
    write: ["okta/a", "okta/b"],
    read: [],
    steps: ["b", "a"],
    twice: ["a", "a"],
    mixed: ["a", 1],
  };
  expect(entryText("permissions", entry)).toBe(
    '{"mixed":["a",1],"read":[],"steps":["b","a"],"twice":["a","a"],"write":{"okta/a":null,"okta/b":null}}',
  );
  expect(entryText("secrets", { refs: ["ref+env://A"] })).toBe('{"refs":["ref+env://A"]}');
});

test("whatever has no null is read back exactly", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("__proto__", "10", "9", "constructor", ""),
  );
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { depthSize: "small" },
      text,
      fc.boolean(),
      fc.integer(),
      fc.uniqueArray(text).map((items) => items.sort()),
      fc.array(tie("json")),
      fc.dictionary(text, tie("json")),
    ),
  }));
  fc.assert(
    fc.property(json as fc.Arbitrary<ReadonlyJson>, (entry) => {
      for (const section of sectionNames)
        expect(canonicalJson(parseEntry(entryText(section, entry)))).toBe(canonicalJson(entry));
      // as states of before have it
      expect(canonicalJson(parseEntry(canonicalJson(entry)))).toBe(canonicalJson(entry));
    }),
  );
});

test("nothing in a release is null, and its digests come out of its texts", async () => {
  const files = await environmentFiles("environments");
  if (!files.ok) throw new Error("no environments");
  for (const file of files.value) {
    const loaded = await loadEnvironment(file);
    if (!loaded.ok) throw new Error(file);
    const { release } = loaded.value;
    expect(canonicalJson(release)).not.toMatch(/[:[,]null[,}\]]/);
    const sections = sectionNames.map((section) => [
      section,
      Object.fromEntries(
        Object.entries(release[section]).map(([name, entry]) => [
          name,
          parseEntry(entryText(section, entry)),
        ]),
      ),
    ]);
    const read: ReleaseData = { environment: release.environment, ...Object.fromEntries(sections) };
    expect(digestsOf(read)).toEqual(digestsOf(release));
  }
});
