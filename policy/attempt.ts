/** Expressions may fail for a user: that is a result too. */

export type Attempt =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

/** What an evaluation gives, or why it cannot be had, without the library's drawing of the place. */
export function attempt(evaluate: () => unknown): Attempt {
  try {
    return { ok: true, value: evaluate() };
  } catch (error) {
    const { summary, message } = error as Error & { summary?: string };
    return { ok: false, reason: summary ?? message };
  }
}
