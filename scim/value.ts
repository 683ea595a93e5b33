import { foldName, foldText } from "../model/name.ts";
import type { AttributeNode } from "./attribute.ts";
import { type ScimError, scimError } from "./error.ts";
import { describe, getIgnoringCase, isObject, type Json, type JsonObject } from "./json.ts";
import { isName } from "./names.ts";

/** The most values that one multi-valued attribute may have. (A group's members are counted elsewhere.) */
export const maxValues = 1000;

/** How many findings of one kind are kept: a body may have a million. */
const maxFindings = 50;

/** What turned up while values were read. */
export class Findings {
  /** The paths of attributes that no schema knows. */
  readonly ignored = new Set<string>();
  readonly #problems: string[] = [];
  #first: string | undefined;

  /** Notes an attribute that no schema knows. */
  ignore(parent: AttributeNode, name: string) {
    if (this.ignored.size >= maxFindings) return;
    this.ignored.add(`${parent.prefix}${name.length > 200 ? `${name.slice(0, 200)}…` : name}`);
  }

  /** Notes a wrong value. */
  problem(node: AttributeNode, text: string) {
    this.#first ??= node.path;
    if (this.#problems.length < maxFindings) this.#problems.push(`${node.path}: ${text}`);
  }

  /** Notes that a required value is not there, unless it is there and wrong. */
  missing(node: AttributeNode) {
    if (!this.#problems.some((problem) => problem.startsWith(`${node.path}:`)))
      this.problem(node, "is required");
  }

  /** All wrong values as one error; undefined when there are none. */
  get error(): ScimError | undefined {
    return this.#problems.length === 0
      ? undefined
      : scimError("invalidValue", this.#problems.join("; "), this.#first);
  }
}

/**
 * Reads a value by its attribute's definition: canonical names in the schema's order, canonical types. What is
 * sloppy but certain is accepted: "True" for true, one value for a list of one and the other way round, and
 * a bare value for a complex attribute's `value`, such as `manager: "26118915"`.
 *
 * @returns undefined when the value is unassigned (null, an empty array or object: RFC 7643, section 2.5) or wrong
 */
export function read(node: AttributeNode, value: Json, findings: Findings): Json | undefined {
  if (!node.multiValued) return readOne(node, value, findings);
  const given = Array.isArray(value) ? value : [value];
  if (given.length > maxValues) {
    findings.problem(node, `has ${given.length} values; at most ${maxValues} are kept`);
    return undefined;
  }
  const values: Json[] = [];
  for (const element of given) {
    const one = readOne(node, element, findings);
    if (one !== undefined) values.push(one);
  }
  if (values.filter(isPrimary).length > 1) {
    findings.problem(node, '"primary" may be true for one value only');
  }
  return values.length > 0 ? values : undefined;
}

/** Reads one value of an attribute, multi-valued or not. */
export function readOne(node: AttributeNode, value: Json, findings: Findings): Json | undefined {
  const single = unwrap(value);
  if (single === null || single === undefined) return undefined;
  if (node.type === "complex") return readComplex(node, single, findings);
  // Old Entra jobs send {"$ref": null, "value": "False"} where a plain value belongs.
  const inner = isObject(single) ? getIgnoringCase(single, "value") : undefined;
  if (inner === null) return undefined;
  const plain = inner ?? single;
  const result = readSimple(node, plain);
  if (result === undefined)
    findings.problem(node, `expected ${expectation[node.type]}, found ${describe(plain)}`);
  return result;
}

/** The one element of a list of one; undefined for an empty list. */
export function unwrap(value: Json): Json | undefined {
  if (!Array.isArray(value)) return value;
  return value.length < 2 ? value[0] : value;
}

/** The object with its attributes in the schema's order: equal resources then have equal JSON. */
export function inOrder(node: AttributeNode, object: JsonObject): JsonObject {
  const ordered: JsonObject = {};
  for (const { name } of node.children.values()) {
    if (Object.hasOwn(object, name)) ordered[name] = object[name] as Json;
  }
  return ordered;
}

/** Whether an element of a multi-valued attribute says that it is the preferred one. */
export function isPrimary(element: Json): element is JsonObject {
  return isObject(element) && element.primary === true;
}

/** A string as the attribute compares it (RFC 7643, section 2.2, caseExact). */
export function fold(node: AttributeNode, value: string): string {
  if (node.caseExact) return value;
  return isName(node) ? foldName(value) : foldText(value);
}

/** Reads an object, leaving out what the stored resource does not hold; checks that what is required is there. */
function readComplex(node: AttributeNode, value: Json, findings: Findings): JsonObject | undefined {
  if (!isObject(value)) {
    const main = node.children.get("value");
    if (main && typeof value === "string") return readComplex(node, { value }, findings);
    findings.problem(node, `expected an object, found ${describe(value)}`);
    return undefined;
  }
  const found: JsonObject = {};
  for (const name of Object.keys(value)) {
    const child = node.children.get(name.toLowerCase());
    if (!child) findings.ignore(node, name);
    else if (child.stored) {
      const result = read(child, value[name] ?? null, findings);
      if (result !== undefined) found[child.name] = result;
    }
  }
  for (const child of node.children.values()) {
    if (child.required && child.stored && !isAssigned(found[child.name])) {
      findings.missing(child);
    }
  }
  const ordered = inOrder(node, found);
  return Object.keys(ordered).length > 0 ? ordered : undefined;
}

const isAssigned = (value: Json | undefined) =>
  value !== undefined && !(typeof value === "string" && value.trim() === "");

const expectation: Record<AttributeNode["type"], string> = {
  string: "a string of Unicode characters other than NUL",
  boolean: "true or false",
  decimal: "a number",
  integer: "a whole number",
  dateTime: "a date and time such as 2011-08-01T18:29:49Z",
  reference: "a URI",
  binary: "a string in base64",
  complex: "an object",
};

/** xsd:dateTime as RFC 7643, section 2.3.5, has it, in years of four digits. */
const dateTime = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$/;
/** Whether it is written as a date and time, and there is such a day and hour. */
function isDateTime(text: string): boolean {
  const day = dateTime.exec(text)?.[1];
  // the 30th of February is taken for a day in March
  return (
    day !== undefined &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
  );
}
/** Both alphabets of RFC 4648 (section 2.3.6 asks for the first or the second), whole or without its padding. */
const base64 = /^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$/;
/** What no store keeps faithfully: NUL, and half of a surrogate pair. */
const unstorable = /[\0\p{Surrogate}]/u;

/** A number, also where it comes as the text that JSON would have without quotes (RFC 8259, section 6). */
function numberIn(value: Json): Json {
  const isText = typeof value === "string" && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(value);
  return isText ? Number(value) : value;
}

function readSimple(node: AttributeNode, value: Json): Json | undefined {
  switch (node.type) {
    case "boolean": {
      const given = typeof value === "string" ? value.toLowerCase() : value;
      return given === true || given === "true"
        ? true
        : given === false || given === "false"
          ? false
          : undefined;
    }
    case "decimal":
    case "integer": {
      const number = numberIn(value);
      const isOne = node.type === "integer" ? Number.isSafeInteger(number) : Number.isFinite(number);
      return isOne ? number : undefined;
    }
    default:
      if (typeof value !== "string" || unstorable.test(value)) return undefined;
      if (node.type === "dateTime" && !isDateTime(value)) return undefined;
      if (node.type === "binary" && !base64.test(value)) return undefined;
      return value;
  }
}
