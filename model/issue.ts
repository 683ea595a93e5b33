/** The issues of schemas as problems: the code of each kind. */
import type { z } from "zod";
import type { ProblemCode } from "./problem-codes.ts";

/** The `params` of a `refine` whose problem is not just a malformed value: zod hands them on with its issue. */
export const coded = (code: ProblemCode) => ({ code });

/**
 * An issue that a schema's own check finds.
 *
 * @param path below the value that is checked
 */
export function issueOf(
  code: ProblemCode,
  message: string,
  input: unknown,
  ...path: readonly PropertyKey[]
): z.core.$ZodRawIssue {
  return { code: "custom", input, path: [...path], message, params: coded(code) };
}

/** What a code is found by. */
export interface Kind {
  /** zod's kind. */
  readonly code?: string;
  /** What is too big or too small. */
  readonly origin?: string;
  readonly params?: { readonly code?: ProblemCode } | undefined;
  /** Of a value that may have several forms: the key that tells which one it is. */
  readonly discriminator?: string | undefined;
}

/** The code of an issue: what its check says, else that of zod's kind. */
export function codeOfIssue({ code, origin, params, discriminator }: Kind): ProblemCode {
  if (params?.code !== undefined) return params.code;
  const isCounted = origin === "string" || origin === "array";
  switch (code) {
    case "invalid_type":
      return "wrong-type";
    case "invalid_union":
      return discriminator === undefined ? "wrong-type" : "unknown-value";
    case "invalid_value":
      return "unknown-value";
    case "unrecognized_keys":
      return "unknown-key";
    case "invalid_key":
      return "malformed-name";
    case "too_small":
      return isCounted ? "too-few" : "out-of-bounds";
    case "too_big":
      return isCounted ? "too-large" : "out-of-bounds";
    default:
      return "malformed-value";
  }
}
