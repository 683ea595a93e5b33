/** The project's own environment, broken by chance: whatever comes of it is told in order, and nothing fails inside. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { digestsOf } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import { Release, toEnvironment, toRelease } from "../../model/release.ts";
import { isSoak } from "../long.ts";

const runs = isSoak ? 10_000 : 300;

const folder = mkdtempSync(join(tmpdir(), "hgscim-mutation-"));
cpSync("environments", join(folder, "environments"), { recursive: true });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = ["environments/local.yaml", "environments/shared/policy.yaml"].map((name) => ({
  path: join(folder, name),
  text: readFileSync(name, "utf8"),
}));

const marks = [
  ...[
    "\t",
    "\n",
    "\r",
    " ",
    "  ",
    "\n\n",
    "- ",
    ": ",
    ":",
    "#",
    " #",
    ",",
    "?",
    "? ",
    "|",
    ">",
    "|-\n",
    "&a ",
    "*a",
    "!",
    "!!str ",
  ],
  ...[
    "[",
    "]",
    "{",
    "}",
    "[[[[",
    "}}}}",
    '"',
    "'",
    '""',
    "\\",
    "%",
    "@",
    "`",
    "---\n",
    "...\n",
    "<<: ",
    "~",
    "null",
    "true",
    "0",
    "-1",
  ],
  ...[
    "1e999",
    ".nan",
    "0x1F",
    "010",
    "2026-01-01",
    "\u{1F600}",
    "\u00a0",
    "\u200b",
    "\u0000",
    "\ufeff",
    "\ud800",
    "__proto__: ",
    "constructor: ",
  ],
  ...[
    "extends: ./policy.yaml\n",
    "extends: ./local.yaml\n",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
    "${x}",
    "%{x}",
    "ref+env://X",
    "hunter2",
    "vars.",
    "user.",
    "has(",
    " && ",
    "x".repeat(2000),
  ],
];

/** One change at a place between 0 and 1. */
type Change = (text: string, from: number, to: number) => string;
const changes: readonly Change[] = [
  (text, from, to) => text.slice(0, Math.min(from, to)) + text.slice(Math.max(from, to)),
  (text, from) => text.slice(0, from) + text.slice(from + 1),
  (text, from) => text.slice(0, from),
  (text, from, to) => text.slice(0, to) + text.slice(from, from + 60) + text.slice(to),
  (text, from, to) => {
    const lines = text.split("\n");
    const [a, b] = [from % lines.length, to % lines.length];
    [lines[a], lines[b]] = [lines[b] ?? "", lines[a] ?? ""];
    return lines.join("\n");
  },
  (text, from) => text.replaceAll("\n", (_, at: number) => (at > from ? "\n  " : "\n")),
  ...marks.flatMap((mark): Change[] => [
    (text, from) => text.slice(0, from) + mark + text.slice(from),
    (text, from) => {
      // in place of a whole word
      const start = text.slice(0, from).search(/\S*$/);
      return text.slice(0, start) + mark + text.slice(from).replace(/^\S*/, "");
    },
  ]),
];

const mutation = fc.record({
  file: fc.constantFrom(...files),
  steps: fc.array(
    fc.record({
      change: fc.constantFrom(...changes),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      to: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
});

test(`no internal error in ${runs} mutations`, async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(mutation, async ({ file, steps }) => {
      let text = file.text;
      for (const { change, from, to } of steps)
        text = change(text, Math.floor(from * text.length), Math.floor(to * text.length));
      for (const { path, text: whole } of files) writeFileSync(path, path === file.path ? text : whole);

      const loaded = await loadEnvironment(join(folder, "environments", "local.yaml"));
      if (loaded.ok) {
        const { release, name } = loaded.value;
        expect(digestsOf(release).release).toMatch(/^sha256:/);
        expect(toRelease(name, toEnvironment(Release.parse(JSON.parse(JSON.stringify(release)))))).toEqual(
          release,
        );
        return;
      }
      refused++;
      expect(loaded.error.length).toBeGreaterThan(0);
      for (const { at, message } of loaded.error) {
        const lines = (
          at.file.endsWith("policy.yaml") === file.path.endsWith("policy.yaml") ? text : otherThan(file).text
        ).split("\n");
        expect(at.line).toBeGreaterThanOrEqual(1);
        expect(at.line).toBeLessThanOrEqual(lines.length);
        expect(at.column).toBeGreaterThanOrEqual(1);
        expect(at.column).toBeLessThanOrEqual((lines[at.line - 1]?.length ?? 0) + 1);
        expect(message).toMatch(/\((expected |only the first)/);
        expect(message).not.toMatch(/\n|undefined|\[object|NaN|Error|\bat .*\.ts/);
      }
    }),
    { numRuns: runs },
  );
  expect(refused).toBeGreaterThan(runs / 2);
});

function otherThan(file: (typeof files)[number]) {
  return files.find((other) => other !== file) ?? file;
}
