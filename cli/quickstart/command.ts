/** Runs a program to its end and keeps what it said. */
import { spawn } from "node:child_process";
import type { Milliseconds } from "../../model/time.ts";

export interface Finished {
  readonly code: number;
  /** Standard output and error in the order in which they came. */
  readonly output: string;
  /** How long it ran. */
  readonly took: Milliseconds;
}

/**
 * Runs a command.
 *
 * @throws {Error} when there is no such command
 */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output, took: performance.now() - start }));
  });
}
