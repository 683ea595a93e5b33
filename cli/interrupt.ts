/** How a long command ends when somebody interrupts it: in order, and with the exit code by which a shell tells of the signal, 128 and its number. */
import { constants } from "node:os";
import type { Interface } from "node:readline";

export type Interrupting = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What has interrupted this process first. */
let by: Interrupting | undefined;

/** Whether somebody has interrupted it. */
export const isInterrupted = (): boolean => by !== undefined;

interface Hearing {
  readonly signals?: readonly Interrupting[];
  /** Whether one that comes again is heard, too; else it ends the process at once. */
  readonly isRepeated?: boolean;
}

/**
 * Hears of signals in place of the process being ended by them.
 *
 * @returns how that is over
 */
export function onInterrupt(
  told: (signal: Interrupting) => void,
  { signals = ["SIGINT", "SIGTERM"], isRepeated = false }: Hearing = {},
): () => void {
  const listener = (signal: NodeJS.Signals) => {
    by ??= signal as Interrupting;
    told(signal as Interrupting);
  };
  for (const signal of signals) process[isRepeated ? "on" : "once"](signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

/** While a terminal is asked it sends a key in place of the signal: of that the signal is made again. */
export function keyInterrupts(terminal: Pick<Interface, "once" | "close">, before = () => {}): void {
  terminal.once("SIGINT", () => {
    terminal.close();
    before();
    // whoever hears of it is told later than the command may end
    by ??= "SIGINT";
    process.kill(process.pid, "SIGINT");
  });
}

/** The exit code of a command that was heard out: what is done in spite of a signal is done. */
export function endCode(code: number): number {
  return code !== 0 && by ? 128 + constants.signals[by] : code;
}
