/** Why an expression cannot be evaluated for a user, in words that hold nothing of the user. */

/** Stable names: `overBudget` has taken more steps than any evaluation may. */
export type FailureCode = "failed" | "overBudget";

/** What `evaluate` of an expression throws. Its message names no value: it ends in answers, plans, logs and the audit. */
export class EvaluationFailure extends Error {
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** An error of the library as a failure. Its own text quotes what it met, and is never passed on. */
export function failureOf(error: unknown): EvaluationFailure {
  if (error instanceof EvaluationFailure) return error;
  const { code = "" } = error as { readonly code?: string };
  return new EvaluationFailure("failed", words[code] ?? "it fails for this user");
}

/** By the library's codes. */
const words: Readonly<Record<string, string>> = {
  bool_conversion_error: "bool() of text that is neither true nor false",
  int_conversion_error: "int() of text that is no whole number",
  uint_conversion_error: "uint() of what is no whole number, or is below 0",
  double_conversion_error: "double() of text that is no number",
  numeric_overflow: "a number is too large",
  division_by_zero: "a division by zero",
  modulo_by_zero: "a remainder of a division by zero",
  invalid_timestamp: "timestamp() of what is no time as in RFC 3339",
  invalid_duration: "duration() of text that is no duration",
  index_out_of_range: "a position outside of the text",
  no_such_key: "an element or a key that is not there",
  optional_value_missing: "value() of what is not there",
  invalid_list_element_type: "join() of what is no text",
};
