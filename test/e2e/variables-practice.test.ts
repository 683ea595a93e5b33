/** The inventory practice of docs/variables.md, played: its files, its commands in their order, and what it says that they print. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Harness, startHarness } from "../agent/harness.ts";
import { localFile, makeProject, type Project } from "./terraform-project.ts";

let h: Harness;
let project: Project;
beforeEach(async () => {
  h = await startHarness(["core/api", "core/archive/x", "docs", "releases/one"]);
  project = await makeProject(h);
});
afterEach(async () => {
  project.remove();
  await h.stop();
});

const practice =
  /^## The practice[\s\S]*?(?=^## )/m.exec(readFileSync("docs/variables.md", "utf8"))?.[0] ?? "";
/** What the page says of its own host and environment, as it is here. */
const here = (text: string) =>
  text.replaceAll("production", "local").replace("hg.example.com/", "127.0.0.1:7480/");

test("the page's files, commands and what they print, from the first name to the incident", async () => {
  const blocks = [...practice.matchAll(/^```(yaml|sh|console)\n([\s\S]*?)^```/gm)];
  expect(blocks.filter(([, kind]) => kind === "sh")).toHaveLength(5);
  expect((blocks[0]?.[2] ?? "").match(/^ {2}SCIM_/gm)).toHaveLength(19);
  let printed = "";
  let first = "";
  const codes: (number | null)[] = [];
  for (const [, kind, text = ""] of blocks) {
    if (kind === "yaml")
      // with the secrets below, which the project has: the token is the twentieth
      project.edit(localFile, (file) => file.replace(/^variables:[\s\S]*?(?=^secrets:)/m, `${here(text)}\n`));
    if (kind === "sh") {
      printed = "";
      for (const [, line = ""] of text.matchAll(/^npx hgscim (.*)$/gm)) {
        const words = here(line).replace("3f2a90cc41d7", first).split(" ");
        const { code, stdout, stderr } = await project.hgscim(...words);
        codes.push(code);
        printed += `${stdout}${stderr}`;
        // of the history the oldest, which is the first that was deployed
        if (words[0] === "history")
          first = /([0-9a-f]{12}) /.exec(stdout.trim().split("\n").at(-1) ?? "")?.[1] ?? "";
      }
    }
    if (kind === "console")
      for (const line of here(text).trimEnd().split("\n")) expect(printed).toContain(line);
  }
  expect(codes).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0]);
  expect(project.printed.join("")).not.toContain(h.tokens.scim);
});
