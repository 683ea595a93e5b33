import type { ScimError } from "./error.ts";

/** What a function answers that can fail for reasons the caller must tell the client. */
export type Result<T, E = ScimError> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** A success. */
export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

/** A failure. */
export const fail = <E>(error: E): Result<never, E> => ({ ok: false, error });
