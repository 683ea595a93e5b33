/** The one form of what can fail: an error is a value until the edge. */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** A success. */
export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

/** A failure, for a reason that the caller must tell. */
export const fail = <E>(error: E): Result<never, E> => ({ ok: false, error });
