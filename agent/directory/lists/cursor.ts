/**
 * Cursors (RFC 9865): where a page ended, in the text itself. Nothing is kept for them, so they do not expire and
 * outlive the agent. They are not signed: whoever forges one reads what the same token may list anyway.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { fail, ok } from "../../../model/result.ts";
import { type ScimResult, scimError } from "../../../scim/error.ts";
import type { ListPosition } from "./order.ts";

/** Where the last page ended, and what all of the list was counted to on the first one. */
export interface Cursor extends ListPosition {
  readonly total: number;
}

const content = z.tuple([
  z.string(),
  z.union([z.string(), z.number(), z.null()]),
  z.int().positive(),
  z.int().nonnegative(),
]);

/** Writes a cursor: characters that RFC 3986, section 2.3, leaves unreserved. */
export function writeCursor(query: readonly unknown[], { key, sequence, total }: Cursor): string {
  const parts: z.infer<typeof content> = [digestOf(query), key, sequence, total];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/**
 * Reads a cursor; an empty one stands before the first page.
 *
 * @param query what the list was asked for, all but the page
 * @returns `invalidCursor` for what is none, or was given for another query
 */
export function readCursor(query: readonly unknown[], text: string): ScimResult<Cursor | undefined> {
  if (text === "") return ok(undefined);
  const parsed = content.safeParse(decode(text));
  if (!parsed.success) return invalid("this is no cursor; an empty one asks for the first page");
  const [digest, key, sequence, total] = parsed.data;
  return digest === digestOf(query)
    ? ok({ key, sequence, total })
    : invalid("this cursor was given for another filter or order; an empty one asks for the first page");
}

function digestOf(query: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 16);
}

function decode(text: string): unknown {
  try {
    return /^[\w-]+$/.test(text) ? JSON.parse(Buffer.from(text, "base64url").toString()) : undefined;
  } catch {
    return undefined;
  }
}

const invalid = (detail: string) => fail(scimError("invalidCursor", detail));
