/** The reference page: a table of keys for each section of the environment file. */
import type { JsonSchema } from "./json-schema.ts";
import { alternativesOf, type Key, keysOf } from "./keys.ts";
import { code, tableRow } from "./markdown.ts";

/** The page's text. */
export function referencePage(schema: JsonSchema): string {
  const { properties = {}, required = [] } = schema;
  const sections = Object.entries(properties).map(([name, section]) =>
    sectionOf(name, section, required.includes(name)),
  );
  return [
    "# Every key of the environment file",
    "",
    "Written by `npm run generate` from the schema that `hgscim validate` checks by: change the schema, not this page.",
    "[environment.md](environment.md) explains how the parts work together. `*` stands for a name that you choose, `[]` for an",
    "item of a list.",
    ...sections.flatMap((lines) => ["", ...lines]),
    "",
  ].join("\n");
}

function sectionOf(name: string, section: JsonSchema, required: boolean): string[] {
  const keys = [{ path: name, schema: section, required }, ...keysOf(section, name)];
  const rows = [...groupBy(keys, ({ path }) => path)].map(([path, same]) => row(path, same));
  return [
    `## ${name}`,
    "",
    section.description ?? "",
    "",
    "| key | type | default | description | example |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ];
}

/** One line for a key, whatever alternatives have it. */
function row(path: string, keys: readonly Key[]): string {
  const each = (of: (key: Key) => string) => [...new Set(keys.map(of))].filter(Boolean);
  const types = each(({ schema }) => typeOf(schema));
  const defaults = each(({ schema, required }) =>
    schema.default !== undefined ? code(schema.default) : required ? "required" : "",
  );
  const descriptions = [...groupBy(keys, ({ schema }) => schema.description ?? "")].map(
    ([description, some]) =>
      // what all alternatives have alike is true of each
      some.length === keys.length && some.length > 1
        ? description
        : [description, whenOf(some)].filter(Boolean).join(" "),
  );
  const examples = each(({ schema }) => (schema.examples ?? []).slice(0, 1).map(code).join());
  const cells = [
    `\`${path}\``,
    types.join(" or "),
    defaults.join(" or "),
    descriptions.join(" "),
    examples.join(", "),
  ];
  return tableRow(cells);
}

function whenOf(keys: readonly Key[]): string {
  const choices = [...new Set(keys.flatMap(({ when }) => when ?? []))];
  return choices.length > 0 ? `(${choices.map((choice) => `\`${choice}\``).join(", ")})` : "";
}

/** What a value may be, in words. */
function typeOf(schema: JsonSchema): string {
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeOf))].join(" or ");
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(", ");
  switch (schema.type) {
    case "string":
      return { uri: "URL", uuid: "UUID" }[schema.format ?? ""] ?? "text";
    case "integer":
    case "number":
      return [schema.type === "integer" ? "whole number" : "number", boundsOf(schema)]
        .filter(Boolean)
        .join(", ");
    case "boolean":
      return "true or false";
    case "array":
      return schema.items ? `list of ${typeOf(schema.items)}` : "list";
    case "object":
      return typeof schema.additionalProperties === "object"
        ? `name → ${typeOf(schema.additionalProperties)}`
        : "map";
    default:
      return "any value";
  }
}

/** The bounds of a number, but for those that every exact whole number has. */
function boundsOf({ minimum = -Infinity, maximum = Infinity }: JsonSchema): string {
  const [low, high] = [minimum > Number.MIN_SAFE_INTEGER, maximum < Number.MAX_SAFE_INTEGER];
  if (low && high) return `${minimum} to ${maximum}`;
  if (low) return `${minimum} or more`;
  return high ? `at most ${maximum}` : "";
}

function groupBy<T>(items: readonly T[], of: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(of(item), [...(groups.get(of(item)) ?? []), item]);
  return groups;
}
