/** Conditional requests: what If-Match and If-None-Match say of a resource (RFC 9110, section 13; RFC 7644, section 3.14). */
import { scimError } from "./error.ts";
import { fail, ok, type Result } from "./result.ts";

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
export function readEntityTags(
  name: "If-Match" | "If-None-Match",
  header: string | undefined,
): Result<EntityTags | undefined> {
  if (header === undefined) return ok(undefined);
  const text = header.trim();
  if (text === "*") return ok("*");
  return list.test(text)
    ? ok(new Set(text.match(/"[^"]*"/g)))
    : fail(scimError(400, `${name}: expected * or entity tags such as W/"3"`));
}

/** Whether one of the tags is that of a resource that exists. All tags here are weak, and compared so. */
export function matches(tags: EntityTags, etag: string): boolean {
  return tags === "*" || tags.has(etag.replace(/^W\//, ""));
}
