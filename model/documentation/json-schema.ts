/** The JSON Schema of an environment file, for editors. It is made from the schema that validation uses. */
import { z } from "zod";
import { Environment } from "../environment.ts";

/** What this project reads of a JSON Schema (draft 7). */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly [keyword: string]: unknown;
}

const extendsKey: JsonSchema = {
  type: "string",
  minLength: 1,
  description: "The file that is merged beneath this one: maps key by key, anything else replaces.",
  examples: ["./shared/policy.yaml"],
};

/** The schema of a file that stands alone, or of all that a file and what it extends say together. */
export function environmentSchema(): JsonSchema {
  // draft 7 is what the YAML language server knows best
  const { $schema: _, ...schema } = z.toJSONSchema(Environment, { io: "input", target: "draft-7" });
  const whole = schema as JsonSchema;
  return { ...whole, properties: { extends: extendsKey, ...whole.properties } };
}

/**
 * The schema of a file as a person edits it. Where it extends another one, nothing is required: what is missing may stand
 * there, and only `hgscim validate` sees both.
 */
export function editorSchema(): JsonSchema {
  const whole = environmentSchema();
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "hgscim environment",
    if: { required: ["extends"] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
    then: { $ref: "#/definitions/part" },
    else: { $ref: "#/definitions/whole" },
    definitions: { whole, part: partOf(whole) },
  };
}

/** The text of the file that editors read. */
export function editorSchemaText(): string {
  return `${JSON.stringify(editorSchema(), null, 2)}\n`;
}

/** The same schema with nothing required. A part can then fit several alternatives at once, which `oneOf` forbids. */
function partOf<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(partOf) as T;
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema)
    // a list: a key of this name would be a schema
    .filter(([keyword, value]) => !(keyword === "required" && Array.isArray(value)))
    .map(([keyword, value]) => [
      keyword === "oneOf" && Array.isArray(value) ? "anyOf" : keyword,
      ["default", "examples"].includes(keyword) ? value : partOf(value),
    ]);
  return Object.fromEntries(entries) as T;
}
