/** Errors as SCIM words them (RFC 7644, section 3.12). */

import type { Result } from "../model/result.ts";

/** Those of RFC 7644, table 9, and of cursors RFC 9865, table 1, that are ever said here. */
export type ScimType =
  | "invalidFilter"
  | "tooMany"
  | "uniqueness"
  | "mutability"
  | "invalidSyntax"
  | "invalidPath"
  | "noTarget"
  | "invalidValue"
  | "invalidCursor"
  | "invalidCount";

/** A refusal, as a value. `detail` is for people: what is wrong and what was expected, never a secret. */
export interface ScimError {
  /** The HTTP status. */
  readonly status: number;
  readonly scimType?: ScimType;
  readonly detail: string;
  /** What its response says in headers, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a function of SCIM answers that can fail for reasons the client must be told. */
export type ScimResult<T> = Result<T, ScimError>;

const statusOf: Record<ScimType, number> = {
  invalidFilter: 400,
  tooMany: 400,
  uniqueness: 409,
  mutability: 400,
  invalidSyntax: 400,
  invalidPath: 400,
  noTarget: 400,
  invalidValue: 400,
  invalidCursor: 400,
  invalidCount: 400,
};

/** The longest `detail`, in characters: it may name what a client sent, which may be a megabyte. */
const maxDetail = 2_000;

/**
 * Makes an error.
 *
 * @param kind a scimType, which brings the status of RFC 7644 table 9 with it, or a bare HTTP status
 * @example scimError("uniqueness", 'userName "ann" belongs to another user')
 * @example scimError(404, "there is no user 17")
 */
export function scimError(kind: ScimType | number, text: string): ScimError {
  const detail = text.length > maxDetail ? `${text.slice(0, maxDetail)}…` : text;
  return typeof kind === "number"
    ? { status: kind, detail }
    : { status: statusOf[kind], scimType: kind, detail };
}

/** Text from a client as it may stand in an error: quoted and short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** The error as the body of its response (RFC 7644, section 3.12): `status` is a string there. */
export function errorBody(error: ScimError) {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: String(error.status),
    ...(error.scimType && { scimType: error.scimType }),
    detail: error.detail,
  };
}

/** Of every SCIM message (RFC 7644, section 8.1). */
export const scimMediaType = "application/scim+json";
