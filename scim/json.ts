import { fail, ok } from "../model/result.ts";
import { type ScimResult, scimError } from "./error.ts";
import { shapeProblem } from "./shape.ts";

/** Plain data, as a body holds it. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** An object of plain data: only its own keys count. */
export interface JsonObject {
  [name: string]: Json;
}

/** The largest body that is read, in bytes: a group with some 200,000 members. */
export const maxBodyBytes = 16 * 1024 * 1024;

/**
 * Parses a request's body.
 *
 * @param limit the largest body, in bytes; for users `maxUserBodyBytes` of resource.ts
 * @returns the object, whose shape `shapeProblem` of shape.ts finds nothing wrong with; or `tooLarge`,
 *   else `invalidSyntax`. No part of a value is in the error: it could be a password.
 */
export function parseBody(body: Uint8Array | string, limit = maxBodyBytes): ScimResult<JsonObject> {
  if ((typeof body === "string" ? Buffer.byteLength(body) : body.byteLength) > limit) {
    return fail(scimError("tooLarge", `the body is larger than ${limit / 1024 / 1024} MiB`));
  }
  const text = typeof body === "string" ? body : decode(body);
  if (text === undefined) return invalid("the body is not UTF-8");
  if (text.trim() === "") return invalid("the body is empty; expected a JSON object");
  const problem = shapeProblem(text);
  if (problem) return invalid(problem);

  let data: Json;
  try {
    data = JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the body.
    const position = /at position (\d+)/.exec(String(error))?.[1];
    return invalid(`the body is not JSON${position ? `: the mistake is at character ${position}` : ""}`);
  }
  if (!isObject(data)) return invalid(`the body is ${describe(data)}; expected a JSON object`);
  return ok(data);
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

const invalid = (detail: string) => fail(scimError("invalidSyntax", detail));

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
