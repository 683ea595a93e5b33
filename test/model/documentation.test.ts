/** The JSON Schema for editors, which is made from the schema that validation checks by. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Fastify from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { editorSchema, environmentSchema } from "../../model/documentation/json-schema.ts";
import { keysOf } from "../../model/documentation/keys.ts";

// fastify's validator stands for the editor's
const editor = Fastify({
  ajv: {
    customOptions: { coerceTypes: false, useDefaults: false, removeAdditional: false, allErrors: false },
  },
});
beforeAll(async () => {
  editor.post("/", { schema: { body: editorSchema() } }, async () => "fits");
  await editor.ready();
});
afterAll(() => editor.close());

async function misfit(text: string): Promise<string | undefined> {
  const answer = await editor.inject({ method: "POST", url: "/", payload: parse(text) as object });
  return answer.statusCode === 200 ? undefined : answer.json<{ message: string }>().message;
}

test("every key has a description", () => {
  const without = keysOf(environmentSchema())
    .filter(({ schema }) => !schema.description)
    .map(({ path, when }) => (when ? `${path} (${when})` : path));
  expect(without).toEqual([]);
});

const files = readdirSync("environments").filter((name) => name.endsWith(".yaml"));

test.each(files)("%s names the schema, and an editor finds nothing wrong with it", async (name) => {
  const text = readFileSync(join("environments", name), "utf8");
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/schema\.json\n/);
  expect(await misfit(text)).toBeUndefined();
});

const alone = readFileSync(join("environments", "reference.yaml"), "utf8");

test.each<[string, string, string]>([
  ["a key that is none", `${alone}\npermissons: {}\n`, "additional properties"],
  ["a key that is missing", alone.replace(/^ {4}idp: .*\n/m, ""), "required property 'idp'"],
  ["a value that is none", alone.replace(/idp: okta/, "idp: otka"), "allowed values"],
  ["a literal in a reference's place", alone.replace(/refs: \[[^\]]*\]/, "refs: [hunter2]"), "pattern"],
  [
    "a wrong key in a file that extends",
    "extends: ./a.yaml\nconnectors: { okta: { skope: x } }\n",
    "additional properties",
  ],
])("an editor shows %s", async (_, text, expected) => expect(await misfit(text)).toContain(expected));

test("a file that extends another may hold parts of entries", async () => {
  expect(await misfit("extends: ./a.yaml\nvariables: { SCIM_PAGE_SIZE: { value: 5 } }\n")).toBeUndefined();
  expect(await misfit("variables: { SCIM_PAGE_SIZE: { value: 5 } }\n")).toBeDefined();
});
