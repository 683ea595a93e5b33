import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digestsOf } from "../../model/digest.ts";
import { loadEnvironment } from "../../model/load.ts";
import { parseReleaseFile, releaseFileText } from "../../model/release-file.ts";
import { releaseFileName } from "../../model/release-file-name.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hgscim-delivery-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string) {
  const file = join(folder, "closed.yaml");
  writeFileSync(file, text);
  return loadEnvironment(file);
}

async function problems(text: string): Promise<string[]> {
  const loaded = await load(text);
  return loaded.ok ? [] : loaded.error.map(({ at, message }) => `${at.line}:${at.column} ${message}`);
}

const agent = `agent: { url: "https://hg.example.com", token: ref+env://TOKEN }`;

test("a release goes one way: by an agent or by a command", async () => {
  expect(await problems(`delivery:\n  ${agent}\n`)).toEqual([]);
  expect(await problems("delivery:\n  command: [deliver]\n")).toEqual([]);
  expect(await problems(`delivery:\n  command: [deliver]\n  ${agent}\n`)).toEqual([
    "2:12 a command beside an agent (expected one of them)",
  ]);
  expect(await problems("delivery:\n  destroy: allow\n")).toEqual([
    '1:1 missing "agent" (expected agent, or command where terraform cannot reach it)',
  ]);
});

test.each([
  ["deliver.sh --now", "2:12 text (expected a list, such as [one, other])"],
  ["[]", "2:12 no program (expected a program and its arguments)"],
  ['["", now]', "2:12 no program (expected a program and its arguments)"],
  ["[deliver, 3]", "2:22 a number (expected text, in quotes)"],
  ["[deliver, [now]]", "2:22 a list (expected text)"],
])("a command is a program and its arguments, not %s", async (command, expected) => {
  expect(await problems(`delivery:\n  command: ${command}\n`)).toEqual([expected]);
});

test("nobody could hold a delivery by command to a promotion, so there is none", async () => {
  const promote = `promote: { from: staging, soak: 1h, ${agent} }`;
  expect(await problems(`delivery:\n  command: [deliver]\n${promote}\n`)).toEqual([
    "3:1 nobody asks staging when a command delivers (expected promote only beside delivery.agent)",
  ]);
});

test("a file with more mistakes than anybody could count is none", () => {
  const core = { read: Array.from({ length: 300_000 }, () => 1) };
  expect(parseReleaseFile(JSON.stringify({ release: { permissions: { core } } }))).toEqual({
    ok: false,
    error: "not a release file of this version (more mistakes than can be told)",
  });
});

test("a release file holds the release, its digest, its lines and what was accepted, and nothing of this machine", async () => {
  const loaded = await loadEnvironment("environments/airgap.yaml");
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  const { release, sources } = loaded.value;
  const accept = { from: `sha256:${"0".repeat(64)}`, lose: 1, protected: [] };
  const { release: digest } = digestsOf(release);
  expect(parseReleaseFile(releaseFileText({ release, sources }))).toEqual({
    ok: true,
    value: { digest, release, sources },
  });
  expect(parseReleaseFile(releaseFileText({ release, sources, accept }))).toEqual({
    ok: true,
    value: { digest, release, sources, accept },
  });
  expect(releaseFileText({ release, sources })).not.toContain(process.cwd());
  expect(releaseFileName(digest)).toBe(`release-${digest.slice(7, 19)}.json`);
});
