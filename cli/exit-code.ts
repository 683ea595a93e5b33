/**
 * What a command's action answers is the process's exit code: 0 done, 1 failed; of one that was interrupted 128 and the signal. Wrong usage
 * is thrown, and is 2, or 64 where 2 says that a plan has changes.
 */
import { endCode } from "./interrupt.ts";

/** Makes the action of a command from a function that answers its exit code. */
export function exitCode<Args extends unknown[]>(
  run: (...args: Args) => Promise<number>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    process.exitCode = endCode(await run(...args));
  };
}
