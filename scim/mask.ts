/** What a body holds without what stands in it: names that the schema has, and of what kind each value is. */
import type { MaskedPart } from "../model/scim/masked-part.ts";
import type { Attribute, ResourceType } from "../model/scim/schema.ts";
import { getIgnoringCase, isObject, type Json, type JsonObject } from "./json.ts";

/** The most that are told of one body. */
const mostParts = 60;

/**
 * The parts of a resource or of a PATCH message. Names are those of the schema alone: a client could put anything else in their place, a
 * token too. Of values none is told but `true` and `false`, also where they come as text.
 *
 * @param body that `parseBody` of json.ts took
 */
export function maskedParts(body: JsonObject, type: ResourceType): MaskedPart[] {
  const names = namesOf(type);
  const operations = getIgnoringCase(body, "Operations");
  if (!Array.isArray(operations)) return partsOf(null, body, names).slice(0, mostParts);
  return operations
    .slice(0, mostParts)
    .filter(isObject)
    .flatMap((operation) => {
      const op = opOf(getIgnoringCase(operation, "op"));
      const path = getIgnoringCase(operation, "path");
      const value = getIgnoringCase(operation, "value");
      if (typeof path === "string") return { op, path: maskedPath(path, names), is: kindOf(value) };
      return isObject(value) ? partsOf(op, value, names) : { op, path: "?", is: kindOf(value) };
    })
    .slice(0, mostParts);
}

/** Attributes of complex ones and of extensions each by itself. */
function partsOf(
  op: MaskedPart["op"],
  value: JsonObject,
  names: Names,
  within: readonly string[] = [],
): MaskedPart[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const masked = maskedPath(name, names);
    const path = [...within, masked];
    // no deeper: an extension, an attribute and its sub-attributes
    if (isObject(inner) && path.length < 3) return partsOf(op, inner, names, path);
    return { op, path: joined(path, names), is: kindOf(inner) };
  });
}

function joined([first = "", ...rest]: readonly string[], { schemas }: Names): string {
  return [
    first,
    ...rest.map((name, index) => `${index === 0 && schemas.has(first.toLowerCase()) ? ":" : "."}${name}`),
  ].join("");
}

function opOf(op: Json | undefined): MaskedPart["op"] {
  const text = typeof op === "string" ? op.toLowerCase() : "";
  return text === "add" || text === "replace" || text === "remove" ? text : null;
}

function kindOf(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 1 ? "1 value" : `${value.length} values`;
  switch (typeof value) {
    case "boolean":
      return String(value);
    case "string":
      return /^(true|false)$/i.test(value) ? value.toLowerCase() : "text";
    default:
      return typeof value;
  }
}

/** The names of a type by their lower case, as the schema writes them. */
interface Names {
  readonly schemas: ReadonlyMap<string, string>;
  readonly attributes: ReadonlyMap<string, string>;
}

/** What every resource has beside its schema's attributes (RFC 7643, section 3.1). */
const common = [
  "schemas",
  "id",
  "externalId",
  "meta",
  "resourceType",
  "created",
  "lastModified",
  "location",
  "version",
];
/** Of multi-valued attributes (RFC 7643, section 2.4). */
const plural = ["type", "primary", "display", "value", "$ref"];

const known = new WeakMap<ResourceType, Names>();

function namesOf(type: ResourceType): Names {
  const found = known.get(type);
  if (found) return found;
  const schemas = [type.schema, ...type.extensions];
  const own = (attributes: readonly Attribute[]): string[] =>
    attributes.flatMap(({ name, subAttributes = [] }) => [name, ...own(subAttributes)]);
  const byLowerCase = (names: readonly string[]) => new Map(names.map((name) => [name.toLowerCase(), name]));
  const names = {
    schemas: byLowerCase(schemas.map(({ id }) => id)),
    attributes: byLowerCase([...common, ...plural, ...schemas.flatMap(({ attributes }) => own(attributes))]),
  };
  known.set(type, names);
  return names;
}

/** In brackets, where texts in quotes may hold brackets, too. */
const filter = /\[(?:"(?:\\.|[^"\\])*"|[^\]"])*\]/g;

function maskedPath(path: string, { schemas, attributes }: Names): string {
  // none that anybody means is longer
  if (path.length > 500) return "?";
  const plain = path.trim().replace(filter, "[]");
  const lower = plain.toLowerCase();
  const urn = [...schemas.keys()].find((id) => lower === id || lower.startsWith(`${id}:`));
  const schema = urn === undefined ? "" : (schemas.get(urn) ?? "");
  if (urn === lower) return schema;
  const rest = plain.slice(urn === undefined ? 0 : urn.length + 1);
  const segments = rest.split(".").map((segment) => {
    const brackets = segment.endsWith("[]") ? "[]" : "";
    const name = attributes.get(segment.slice(0, segment.length - brackets.length).toLowerCase());
    return name === undefined ? undefined : `${name}${brackets}`;
  });
  const masked = segments.includes(undefined) ? "?" : segments.join(".");
  return schema === "" ? masked : `${schema}:${masked}`;
}
