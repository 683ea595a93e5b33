/** The files that are made from the environment's schema, as they must be. */
import { editorSchema, environmentSchema } from "./json-schema.ts";
import { referencePage } from "./reference-page.ts";

/** Path from the project's folder → text. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    "environments/schema.json": `${JSON.stringify(editorSchema(), null, 2)}\n`,
    "docs/reference.md": referencePage(environmentSchema()),
  };
}
