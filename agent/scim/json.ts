import { scimError } from "./error.ts";
import { fail, ok, type Result } from "./result.ts";

/** Plain data, as a body holds it. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** An object of plain data: only its own keys count. */
export interface JsonObject {
  [name: string]: Json;
}

/** The largest body that is read, in bytes: a group with some 200,000 members. */
export const maxBodyBytes = 16 * 1024 * 1024;

/** How deep objects and arrays may lie in each other; the deepest of SCIM, a PATCH of an extension, is 7. */
export const maxDepth = 32;

/** Names with which a careless copy would reach an object's prototype. No SCIM attribute is called that. */
const forbiddenNames = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Parses a request's body.
 *
 * Attribute names are case-insensitive (RFC 7643, section 2.1), so two that differ only in case are one
 * attribute given twice, and refused.
 *
 * @param limit the largest body, in bytes; for users `maxUserBytes` of resource.ts
 * @returns the object, in which no key is a name of `forbiddenNames`; or status 413 when the body is too large,
 *   else `invalidSyntax`. No part of a value is in the error: it could be a password.
 */
export function parseBody(body: Uint8Array | string, limit = maxBodyBytes): Result<JsonObject> {
  if ((typeof body === "string" ? Buffer.byteLength(body) : body.byteLength) > limit) {
    return fail(scimError(413, `the body is larger than ${limit / 1024 / 1024} MiB`));
  }
  const text = typeof body === "string" ? body : decode(body);
  if (text === undefined) return invalid("the body is not UTF-8");
  if (text.trim() === "") return invalid("the body is empty; expected a JSON object");
  // Before the parser, which would build a million nested arrays first.
  if (deeperThan(text, maxDepth)) return invalid(`the body is nested deeper than ${maxDepth} levels`);

  let data: Json;
  try {
    data = JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the body.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    return invalid(`the body is not JSON${position ? `: the mistake is at character ${position}` : ""}`);
  }
  if (!isObject(data)) return invalid(`the body is ${describe(data)}; expected a JSON object`);
  const problem = nameProblem(data);
  return problem ? invalid(problem) : ok(data);
}

/** Whether the value is an object and not an array or null. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the value is, in words for an error, without the value itself. */
export function describe(value: Json | undefined): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** The own value whose name is `name` in any case; undefined when there is none. */
export function getIgnoringCase(object: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(object, name)) return object[name];
  const wanted = name.toLowerCase();
  const key = Object.keys(object).find((key) => key.toLowerCase() === wanted);
  return key === undefined ? undefined : object[key];
}

/** Text from a client as it may stand in an error: quoted and short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

const invalid = (detail: string) => fail(scimError("invalidSyntax", detail));

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Whether brackets outside of strings are nested deeper than `limit`. */
function deeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 0x5c) i++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) {
      if (++depth > limit) return true;
    } else if (char === 0x7d || char === 0x5d) depth--;
  }
  return false;
}

/** What is wrong with the names of attributes, at any depth. */
function nameProblem(value: Json): string | undefined {
  if (Array.isArray(value)) {
    for (const element of value) {
      const problem = typeof element === "object" ? nameProblem(element) : undefined;
      if (problem) return problem;
    }
  } else if (isObject(value)) {
    const seen = new Set<string>();
    for (const name of Object.keys(value)) {
      const lower = name.toLowerCase();
      if (forbiddenNames.has(name)) return `no attribute may be called ${quote(name)}`;
      if (seen.has(lower)) return `the attribute ${quote(name)} is given twice, in different case`;
      seen.add(lower);
      const member = value[name];
      const problem = typeof member === "object" ? nameProblem(member) : undefined;
      if (problem) return problem;
    }
  }
  return undefined;
}
