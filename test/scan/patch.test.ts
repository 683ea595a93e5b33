/** The corners of patches that a repository seldom has; what git and hg write is read in test/e2e. */
import { expect, test } from "vitest";
import { readPatch } from "../../scan/patch.ts";

async function read(patch: string) {
  async function* lines() {
    yield* patch.split("\n");
  }
  const files = [];
  for await (const file of readPatch(lines()))
    files.push("added" in file ? { ...file, added: [...(file.added ?? [])] } : file);
  return files;
}

test("content that looks like a patch stays content", async () => {
  const patch = [
    "changeset 1",
    "diff --git a/x b/x",
    "--- a/x",
    "+++ b/x",
    "@@ -1,2 +1,4 @@",
    " first",
    "--- a/y",
    "+++ b/z",
    "+changeset 2",
    "+@@ -1 +1 @@",
    "\\ No newline at end of file",
  ];
  expect(await read(patch.join("\n"))).toEqual([
    { file: "x", text: "first\n++ b/z\nchangeset 2\n@@ -1 +1 @@", added: [2, 3, 4], changeset: "1" },
  ]);
});

test("names: quoted, with spaces, beginning as a folder of git's", async () => {
  const named = (name: string) => `diff --git\n+++ ${name}\n@@ -0,0 +1 @@\n+x\n`;
  const patch = ['"b/t\\"\\t\\\\\\001"', "b/a b\t", "b/b/b"].map(named).join("");
  expect((await read(patch)).map(({ file }) => file)).toEqual(['t"\t\\\u0001', "a b", "b/b"]);
});

test("files that are gone, binary, or npm's are left out; a large one is told", async () => {
  const patch = [
    ...["diff --git a/gone b/gone", "+++ /dev/null", "@@ -1,1 +0,0 @@", "-x"],
    ...["diff --git a/data b/data", "+++ b/data", "@@ -0,0 +1,1 @@", "+x\0"],
    ...["diff --git a b", "+++ b/a/node_modules/b.js", "@@ -0,0 +1,1 @@", "+x"],
    ...["diff --git a/large b/large", "+++ b/large", "@@ -0,0 +1,1 @@", `+${"x".repeat(6 << 20)}`],
    ...["diff --git a/y b/y", "+++ b/y", "@@ -0,0 +1,1 @@", "+y"],
  ];
  expect(await read(patch.join("\n"))).toEqual([
    { file: "large", reason: "larger than 5 MiB" },
    { file: "y", text: "y", added: [1] },
  ]);
});
