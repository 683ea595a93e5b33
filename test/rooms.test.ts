/** Data flows one way: who may import whom. A room that is not in the table may not exist. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const all = ["model", "policy", "stacks", "main.ts", "x509", "api", "provider", "agent", "scan", "cli"];
const mayImport: Record<string, readonly string[]> = {
  model: [],
  policy: ["model"],
  stacks: ["model"],
  "main.ts": ["stacks", "model"],
  x509: [],
  api: ["model"],
  "provider/plugin": ["x509"],
  provider: ["provider/plugin", "model", "api"],
  agent: ["model", "policy", "api", "x509"],
  scan: ["model"],
  cli: all,
};
// a move to cdktn must be a change of one import name
const cdktfRooms = ["stacks", "main.ts"];

const sources = ["main.ts", ...all.filter((room) => room !== "main.ts").flatMap(filesOf)];

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => path.endsWith(".ts") && statSync(path).isFile());
}

function roomOf(path: string): string {
  if (path.startsWith("provider/plugin/")) return "provider/plugin";
  return path.split("/")[0] ?? path;
}

function importsOf(path: string): string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, specifier]) => String(specifier));
}

test("there are sources in every room", () => {
  expect(new Set(sources.map(roomOf))).toEqual(new Set(Object.keys(mayImport)));
});

test.each(Object.keys(mayImport))("%s imports only what it may", (room) => {
  const wrong = sources
    .filter((path) => roomOf(path) === room)
    .flatMap((path) =>
      importsOf(path)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => roomOf(normalize(join(dirname(path), specifier))))
        .filter((target) => target !== room && !mayImport[room]?.includes(target))
        .map((target) => `${path} imports ${target}`),
    );
  expect(wrong).toEqual([]);
});

test("only stacks and main.ts know cdktf, and only by names that cdktn has too", () => {
  const wrong = sources
    .filter((path) => !cdktfRooms.includes(roomOf(path)))
    .filter((path) => importsOf(path).some((specifier) => /^(cdktf|constructs|@cdktf\/)/.test(specifier)));
  expect(wrong).toEqual([]);
});
