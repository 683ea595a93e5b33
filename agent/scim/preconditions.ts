/** Conditional requests: what If-Match and If-None-Match say of a resource (RFC 9110, section 13; RFC 7644, section 3.14). */
import type { IncomingHttpHeaders } from "node:http";
import { fail, ok } from "../../model/result.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";

/** The entity tags that a header lists, without what marks them as weak; `*` stands for whatever is there. */
export type EntityTags = "*" | ReadonlySet<string>;

/** Tags and commas; a list may have empty elements (RFC 9110, sections 5.6.1 and 8.8.3). */
const list = /^[ \t,]*(?:(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t]*(?:,[ \t,]*|$))+$/;

/**
 * Reads an If-Match or If-None-Match header.
 *
 * @returns undefined where there is none; status 400 where it is malformed, since what a client wanted to hold is
 *   not held by chance
 */
function readEntityTags(
  name: "If-Match" | "If-None-Match",
  header: string | undefined,
): ScimResult<EntityTags | undefined> {
  if (header === undefined) return ok(undefined);
  const text = header.trim();
  if (text === "*") return ok("*");
  return list.test(text)
    ? ok(new Set(text.match(/"[^"]*"/g)))
    : fail(scimError(400, `${name}: expected * or entity tags such as W/"3"`));
}

/** What a request is done on the condition of. */
export interface Conditions {
  readonly ifMatch: EntityTags | undefined;
  readonly ifNoneMatch: EntityTags | undefined;
}

/** Reads both headers; as `readEntityTags`. */
export function readConditions(headers: IncomingHttpHeaders): ScimResult<Conditions> {
  const ifMatch = readEntityTags("If-Match", headers["if-match"]);
  if (!ifMatch.ok) return ifMatch;
  const ifNoneMatch = readEntityTags("If-None-Match", headers["if-none-match"]);
  if (!ifNoneMatch.ok) return ifNoneMatch;
  return ok({ ifMatch: ifMatch.value, ifNoneMatch: ifNoneMatch.value });
}

/** Whether one of the tags is that of a resource that exists. All tags here are weak, and compared so. */
function matches(tags: EntityTags, etag: string): boolean {
  return tags === "*" || tags.has(etag.replace(/^W\//, ""));
}

/** Which condition the version of a resource that exists does not meet (RFC 9110, section 13.2.2); undefined for none. */
export function unmet({ ifMatch, ifNoneMatch }: Conditions, etag: string): keyof Conditions | undefined {
  if (ifMatch && !matches(ifMatch, etag)) return "ifMatch";
  return ifNoneMatch && matches(ifNoneMatch, etag) ? "ifNoneMatch" : undefined;
}
