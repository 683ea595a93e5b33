/** What is wrong with a SCIM message, as a value: a code and a sentence. Which HTTP status that is, HTTP's room knows. */
import type { Result } from "../model/result.ts";

/**
 * The scimTypes of RFC 7644, table 9, and of RFC 9865, table 1, that are ever said here, and `tooLarge`, for which the RFC
 * has a status alone.
 */
export type ScimCode =
  | "invalidFilter"
  | "tooMany"
  | "mutability"
  | "invalidSyntax"
  | "invalidPath"
  | "noTarget"
  | "invalidValue"
  | "invalidCursor"
  | "invalidCount"
  | "tooLarge";

/** `detail` is for people: what is wrong and what was expected, never a secret. */
export interface ScimError {
  readonly code: ScimCode;
  readonly detail: string;
  /** The attribute that is wrong, as a path; of several, the first one. */
  readonly attribute?: string;
}

/** What a function of SCIM answers that can fail for reasons the client must be told. */
export type ScimResult<T> = Result<T, ScimError>;

/**
 * Makes an error.
 *
 * @example scimError("invalidPath", 'User has no attribute "emial"')
 */
export function scimError(code: ScimCode, text: string, attribute?: string): ScimError {
  return { code, detail: shortened(text), ...(attribute !== undefined && { attribute }) };
}

/** The longest `detail`, in characters: it may name what a client sent, which may be a megabyte. */
const maxDetail = 2_000;

/** A sentence that holds what a client sent, no longer than people read. */
export function shortened(text: string): string {
  return text.length > maxDetail ? `${text.slice(0, maxDetail)}…` : text;
}

/** Text from a client as it may stand in an error: quoted and short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
