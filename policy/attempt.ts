/** Expressions may fail for a user: that is a result too. */
import { fail, ok, type Result } from "../model/result.ts";

/** What an evaluation gives, or why it cannot be had, without the library's drawing of the place. */
export function attempt(evaluate: () => unknown): Result<unknown, string> {
  try {
    return ok(evaluate());
  } catch (error) {
    const { summary, message } = error as Error & { summary?: string };
    return fail(summary ?? message);
  }
}
