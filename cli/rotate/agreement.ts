/** A person's word for what a rotation does next: given beforehand by `--yes`, or asked for at the terminal. */
import { confirm, mustAsk } from "../confirm.ts";

export const nothingBegun = "Nothing is under way, and nothing was begun (--yes begins a rotation).";

export interface Asking {
  /** Nothing is asked. */
  readonly yes: boolean;
  /** Nobody is waited for. */
  readonly once: boolean;
}

/** Whether a rotation may be begun without a person's word, or one can be asked for it. */
export function mayBegin({ yes, once }: Asking): boolean {
  return yes || (!once && process.stdin.isTTY);
}

/**
 * Whether a person agrees; what is declined has been said.
 *
 * @throws {UsageError} where nobody can be asked
 */
export async function agrees(question: string, { yes }: Pick<Asking, "yes">): Promise<boolean> {
  mustAsk(yes);
  return yes || confirm(question);
}
