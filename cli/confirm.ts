/** The question before a change that people feel. */
import { createInterface } from "node:readline/promises";
import { isInterrupted, keyInterrupts } from "./interrupt.ts";
import { UsageError } from "./usage.ts";

/**
 * Says right at the start that nobody could be asked later.
 *
 * @throws {UsageError} without a terminal and without consent
 */
export function mustAsk(consent: boolean): void {
  if (!consent && !process.stdin.isTTY)
    throw new UsageError("nobody is there to ask (expected --yes, or a terminal)");
}

/** Asks at the terminal. Anything but yes is a no, and the person is told that nothing was changed. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  const unchanged = "Nothing was changed.\n";
  keyInterrupts(terminal, () => void process.stdout.write(`\n${unchanged}`));
  const answer = await Promise.race([terminal.question(`\n${question} (yes or no) `), closed]);
  terminal.close();
  const agreed = answer.trim().toLowerCase() === "yes";
  if (!agreed && !isInterrupted()) process.stdout.write(unchanged);
  return agreed;
}
