/** One name, one meaning: what two files export under one name, a reader takes for one thing. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const rooms = [
  "model",
  "scim",
  "policy",
  "secrets",
  "api",
  "preflight",
  "report",
  "stacks",
  "x509",
  "provider",
  "agent",
  "scan",
  "cli",
];
// speaks Terraform's language, in which an attribute or a resource is another thing than in SCIM's
const ofTerraform = join("provider", "plugin");
/** Names that stand for the same thing in each of their files: every command is a `command`. */
const shared = ["command"];

const declaration =
  /^export (?:declare |abstract |async )*(?:type|interface|const|class|enum|function\*?) (\w+)/gm;

function filesByName(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const files = rooms.flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: "utf8" })
      .map((name) => join(room, name))
      .filter((path) => /\.tsx?$/.test(path) && !path.startsWith(ofTerraform)),
  );
  for (const file of files) {
    const names = [...readFileSync(file, "utf8").matchAll(declaration)].map(([, name]) => String(name));
    // a schema and its type have one name
    for (const name of new Set(names)) found.set(name, [...(found.get(name) ?? []), file]);
  }
  return found;
}

test("no exported name is declared in two files", () => {
  const twice = [...filesByName()].filter(([name, files]) => files.length > 1 && !shared.includes(name));
  expect(Object.fromEntries(twice)).toEqual({});
});
