/** The commands as they declare themselves: each in its file, described, and called in the documents as it can be. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { beforeAll, expect, test } from "vitest";
import { commands } from "../cli/commands.ts";

/** By their words behind `hgscim`, subcommands too. */
const declared = new Map<string, CommandUnknownOpts>();
beforeAll(async () => {
  for (const [name, load] of Object.entries(commands)) {
    const { command } = await load();
    declared.set(name, command);
    for (const one of command.commands) declared.set(`${name} ${one.name()}`, one);
  }
});

/** `hgscim …` in a document's code: the command that it calls, and the long options that stand behind. */
function callsIn(document: string): { readonly called: string; readonly options: readonly string[] }[] {
  const code = [...document.matchAll(/^```.*\n([\s\S]*?)^```|`([^`\n]+)`/gm)].map(
    ([, block, span]) => block ?? span,
  );
  const calls = code.flatMap((text) => [
    ...(text ?? "").matchAll(/(?:^|npx |sudo |&& )hgscim ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+))?([^\n#;&<]*)/gm),
  ]);
  return calls.map(([, first = "", second = "", rest = ""]) => ({
    called: declared.has(`${first} ${second}`) ? `${first} ${second}` : first,
    options: rest.match(/--[a-z-]+/g) ?? [],
  }));
}

/** What no declaration has. */
function unknownIn(document: string): string[] {
  return callsIn(document).flatMap(({ called, options }) => {
    const command = declared.get(called);
    if (!command) return [called];
    const known = command.options.map(({ long }) => long);
    return options.filter((option) => !known.includes(option)).map((option) => `${called} ${option}`);
  });
}

test("every command has its name from its file, and its subcommands from their folder", () => {
  for (const [words, command] of declared) {
    expect(words.split(" ").at(-1)).toBe(command.name());
    expect(existsSync(join("cli", `${words.replace(" ", "/")}.ts`)), words).toBe(true);
  }
});

test("every command, argument and option says what it is", () => {
  for (const [words, command] of declared) {
    expect(command.description(), words).not.toBe("");
    for (const { description } of [...command.registeredArguments, ...command.options])
      expect(description, words).not.toBe("");
  }
});

test("the README's table has every command, but for the one that npm runs and those that only have others, and no option that is none", () => {
  const rows = readFileSync("README.md", "utf8").match(/^\| `npx hgscim .*$/gm) ?? [];
  const called = rows.map((row) => callsIn(row)[0]?.called ?? row);
  expect([...declared.keys()].filter((words) => !called.includes(words))).toEqual([
    "held",
    "connector",
    "alerts",
    "host",
    "quickstart",
  ]);
  for (const [index, row] of rows.entries()) {
    const known = declared.get(called[index] ?? "")?.options.map(({ long }) => long);
    expect(known).toEqual(expect.arrayContaining(row.match(/--[a-z-]+/g) ?? []));
  }
});

const pages = readdirSync("docs").filter((name) => name.endsWith(".md"));
const documents = ["README.md", "CONTRIBUTING.md", ...pages.map((name) => join("docs", name))];
test.each(documents)("%s calls commands and options that there are", (file) => {
  expect(unknownIn(readFileSync(file, "utf8"))).toEqual([]);
});

const deploys = ["validate", "test", "scan", "plan", "deploy"];
test.each([
  ["github/hgscim.yml", deploys],
  ["github/hgscim-review.yml", ["review"]],
  ["gitlab/gitlab-ci.yml", deploys],
  ["atlantis/atlantis.yaml", deploys],
])("the pipeline %s of a new project calls commands and options that there are", (file, expected) => {
  const code = `\`\`\`\n${readFileSync(join("cli/init/template", file), "utf8")}\n\`\`\``;
  expect(callsIn(code).map(({ called }) => called)).toEqual(expect.arrayContaining(expected));
  expect(unknownIn(code)).toEqual([]);
});
