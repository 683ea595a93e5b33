/** Data flows one way: who may import whom. A room that is not in the table may not exist. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const mayImport: Record<string, readonly string[]> = {
  model: [],
  scim: ["model"],
  policy: ["model"],
  secrets: ["model"],
  stacks: ["model"],
  "main.ts": ["stacks", "model"],
  x509: ["model"],
  api: ["model"],
  report: ["model", "policy", "api"],
  "provider/plugin": ["x509"],
  provider: ["provider/plugin", "model", "api", "report", "secrets"],
  agent: ["model", "scim", "policy", "api", "report", "secrets", "x509"],
  scan: ["model"],
  cli: ["agent", "api", "model", "policy", "provider", "report", "scan", "scim", "secrets", "stacks", "x509"],
};
// a move to cdktn must be a change of one import name
const cdktfRooms = ["stacks", "main.ts"];

const folders = Object.keys(mayImport).filter((room) => !/[./]/.test(room));
const sources = ["main.ts", ...folders.flatMap(filesOf)];

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
