/** Expressions may fail for a user: that is a result too. */
import { type EvaluationFailure, failureOf } from "../model/expression/failure.ts";
import { fail, ok, type Result } from "../model/result.ts";

/** What an evaluation gives, or why it cannot be had, in words that hold nothing of the user. */
export function attempt(evaluate: () => unknown): Result<unknown, EvaluationFailure> {
  try {
    return ok(evaluate());
  } catch (error) {
    return fail(failureOf(error));
  }
}
