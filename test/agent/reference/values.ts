/** What the reference model makes of values that a client sends (RFC 7643, sections 2.2 to 2.5). */
import { type Attribute, subOf, valueNamed } from "./attributes.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { refuse } from "./refusal.ts";

/**
 * A value as it is kept; undefined when it is unassigned: null, an empty array or an empty object (section 2.5). One value
 * stands for a list of one, and the other way round.
 */
export function read(attribute: Attribute, given: Json | undefined): Json | undefined {
  if (!attribute.many) return readOne(attribute, given);
  const list = Array.isArray(given) ? given : [given ?? null];
  const values: Json[] = [];
  for (const one of list) {
    const value = readOne(attribute, one);
    if (value !== undefined) values.push(value);
  }
  if (values.filter(isPrimary).length > 1) refuse("invalidValue");
  return values.length > 0 ? values : undefined;
}

/** One value of an attribute. */
export function readOne(attribute: Attribute, given: Json | undefined): Json | undefined {
  const value = single(given);
  if (value === undefined) return undefined;
  if (attribute.type === "complex") return readComplex(attribute, value);
  return readSimple(attribute, value);
}

/** A string as it compares where case says nothing: one form, no case, and of a name no spaces around (Unicode, section 3.13). */
export function foldedText({ exact, isName }: Attribute, text: string, part?: "co" | "sw" | "ew"): string {
  if (exact) return text;
  const letters = [...text.normalize("NFKD")].map((letter) =>
    letter.toLowerCase().toUpperCase().toLowerCase(),
  );
  const folded = letters.join("").normalize("NFKC");
  if (!isName) return folded;
  const name = folded.replace(/\s+/g, " ");
  // where the name may go on, a space is a part of it
  const begins = part === "co" || part === "ew" ? name : name.trimStart();
  return part === "co" || part === "sw" ? begins : begins.trimEnd();
}

/** The one value of a list of one; undefined where there is none. */
export function single(given: Json | undefined): Json | undefined {
  const value = Array.isArray(given) && given.length < 2 ? given[0] : given;
  return value === null ? undefined : value;
}

export function isPrimary(value: Json): boolean {
  return isObject(value) && value.primary === true;
}

/** A bare value of a complex attribute is its `value`: `manager: "26118915"`. */
export function spellOut(attribute: Attribute, value: Json): JsonObject {
  if (typeof value === "string" && subOf(attribute, "value")) return { value };
  return isObject(value) ? value : refuse("invalidValue");
}

function readComplex(attribute: Attribute, value: Json): JsonObject | undefined {
  const given = spellOut(attribute, value);
  const kept: JsonObject = {};
  // what no schema knows is ignored, and so is what is the provider's own (RFC 7644, section 3.3)
  for (const sub of attribute.subs ?? []) {
    if (sub.readOnly || sub.hidden) continue;
    const one = read(sub, valueNamed(given, sub.name));
    if (one !== undefined) kept[sub.name] = one;
  }
  return Object.keys(kept).length > 0 ? kept : undefined;
}

function readSimple(attribute: Attribute, given: Json): Json | undefined {
  // older Entra jobs send { "$ref": null, "value": "False" }
  const inner = isObject(given) ? valueNamed(given, "value") : undefined;
  if (inner === null) return undefined;
  const value = inner ?? given;
  if (attribute.type === "string") return typeof value === "string" ? value : refuse("invalidValue");
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word === true || word === "true") return true;
  if (word === false || word === "false") return false;
  return refuse("invalidValue");
}

/** What is required must be there, and not blank. */
export function checkRequired(resource: Attribute, object: JsonObject): void {
  for (const { name, required } of resource.subs ?? []) {
    const value = object[name];
    if (required && (typeof value !== "string" || value.trim() === "")) refuse("invalidValue");
  }
}
