/** How differences from Mercurial's own tests are told apart, and that the guide explains each. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { packageFile } from "../../model/package.ts";
import { hunks, nameOf } from "./compare.ts";
import { differences, files } from "./differences.ts";

const diff = `--- test.t
+++ test.t.err
@@ -3,3 +3,4 @@
   $ hg push
-  abort: authorization failed
+  abort: HTTP Error 403: pull not authorized
+  one more
@@ -9 +10,0 @@
-
`;

it("takes a diff for its hunks", () => {
  expect(hunks(diff)).toEqual([
    {
      line: 3,
      removed: ["  abort: authorization failed"],
      added: ["  abort: HTTP Error 403: pull not authorized", "  one more"],
    },
    { line: 9, removed: [""], added: [] },
  ]);
});

it("names a hunk only where a difference accounts for each of its lines", () => {
  const [hunk] = hunks(diff);
  if (hunk === undefined) throw new Error("no hunk");
  expect(nameOf(hunk, differences)).toBeUndefined();
  expect(nameOf({ ...hunk, added: hunk.added.slice(0, 1) }, differences)).toBe("a sentence in place of 401");
  expect(nameOf({ ...hunk, removed: ["  adding changesets"] }, differences)).toBeUndefined();
});

it("explains each difference in the guide, and expects no other", () => {
  const guide = readFileSync(packageFile("docs/mercurial.md"), "utf8");
  for (const name of Object.keys(differences)) expect(guide).toContain(`| ${name} |`);
  const expected = new Set(Object.values(files).flatMap((counts) => Object.keys(counts)));
  expect([...expected].sort()).toEqual(Object.keys(differences).sort());
  expect(Object.keys(files).length).toBeGreaterThanOrEqual(25);
});
