/** The files that are made from the code: from the environment's schema, the declared quirks, and the tables of codes. */
import { readFileSync } from "node:fs";
import { editorSchemaText, environmentSchema } from "../../model/documentation/json-schema.ts";
import { guides, withQuirkTable } from "../../model/documentation/quirk-table.ts";
import { referencePage } from "../../model/documentation/reference-page.ts";
import { codesPage } from "./codes-page.ts";
import { exampleLines } from "./example-lines.ts";

/** Path from the project's folder → text. Guides are written by hand but for a table, so they are read from there. */
export async function generatedFiles(): Promise<Readonly<Record<string, string>>> {
  return {
    "environments/schema.json": editorSchemaText(),
    "docs/reference.md": referencePage(environmentSchema()),
    "docs/codes.md": codesPage(await exampleLines("test/model/broken")),
    ...Object.fromEntries(
      guides.map((idp) => [`docs/${idp}.md`, withQuirkTable(readFileSync(`docs/${idp}.md`, "utf8"), idp)]),
    ),
  };
}
