/** Runs git and hg, with their output line by line: a history is larger than memory. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { maxSize } from "./source.ts";

/** git or hg cannot do what is asked: the message is for the user. */
export class CheckoutError extends Error {}

/**
 * What the program prints, as text split at `separator`; a part is cut beyond the size up to which files are scanned.
 * @throws CheckoutError when the program is missing or fails, with what it said
 */
export async function* outputOf(
  program: string,
  args: readonly string[],
  cwd: string,
  separator = "\n",
): AsyncGenerator<string> {
  // HGPLAIN: output as scripts expect it, whatever the user has configured (hg help environment)
  const env = { ...process.env, HGPLAIN: "1", HGPLAINEXCEPT: undefined };
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close") as Promise<[number | null]>;
  ended.catch(() => undefined); // told below
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-4096);
  });
  try {
    let rest = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) {
      const parts = String(chunk).split(separator);
      parts[0] = rest + parts[0];
      rest = (parts.pop() ?? "").slice(0, maxSize + 1);
      yield* parts;
    }
    if (rest !== "") yield rest;
    const [code] = await ended;
    if (code !== 0) throw new CheckoutError(`${program}: ${lastLine(said) || `exit code ${code}`}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new CheckoutError(`${program} is not on the PATH (expected the program that made this checkout)`);
  } finally {
    child.kill();
  }
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
