/** The files that are made from the model, as they must be: from the environment's schema, and from the declared quirks. */
import { readFileSync } from "node:fs";
import { editorSchema, environmentSchema } from "./json-schema.ts";
import { guides, withQuirkTable } from "./quirk-table.ts";
import { referencePage } from "./reference-page.ts";

/** Path from the project's folder → text. Guides are written by hand but for a table, so they are read from there. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    "environments/schema.json": `${JSON.stringify(editorSchema(), null, 2)}\n`,
    "docs/reference.md": referencePage(environmentSchema()),
    ...Object.fromEntries(
      guides.map((idp) => [`docs/${idp}.md`, withQuirkTable(readFileSync(`docs/${idp}.md`, "utf8"), idp)]),
    ),
  };
}
