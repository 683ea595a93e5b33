/** Conditional requests: what If-Match and If-None-Match say of a resource (RFC 9110, section 13; RFC 7644, section 3.14). */
import type { IncomingHttpHeaders } from "node:http";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Conditions } from "../operations/operation.ts";
import { type ScimRefusal, scimRefusal } from "./refusal.ts";

/** Tags and commas; a list may have empty elements (RFC 9110, sections 5.6.1 and 8.8.3). */
const list = /^[ \t,]*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t]*(?:,[ \t,]*|$))+$/;

/**
 * Reads an If-Match or If-None-Match header: the versions that its tags stand for. All tags here are weak, and compared so.
 *
 * @returns undefined where there is none; status 400 where it is malformed, since what a client wanted to hold is
 *   not held by chance
 */
function readEntityTags(
  name: "If-Match" | "If-None-Match",
  header: string | undefined,
): Result<Conditions["ifMatch"], ScimRefusal> {
  if (header === undefined) return ok(undefined);
  const text = header.trim();
  if (text === "*") return ok("*");
  return list.test(text)
    ? ok((text.match(/"[^"]*"/g) ?? []).map((tag) => tag.slice(1, -1)))
    : fail(scimRefusal(400, `${name}: expected * or entity tags such as W/"3"`));
}

/** Reads both headers; as `readEntityTags`. */
export function readConditions(headers: IncomingHttpHeaders): Result<Conditions, ScimRefusal> {
  const ifMatch = readEntityTags("If-Match", headers["if-match"]);
  if (!ifMatch.ok) return ifMatch;
  const ifNoneMatch = readEntityTags("If-None-Match", headers["if-none-match"]);
  if (!ifNoneMatch.ok) return ifNoneMatch;
  return ok({
    ...(ifMatch.value !== undefined && { ifMatch: ifMatch.value }),
    ...(ifNoneMatch.value !== undefined && { ifNoneMatch: ifNoneMatch.value }),
  });
}
