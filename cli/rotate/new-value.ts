/** The value that comes in place of a token: made here, or given by a person, and judged as a deploy judges it. */
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { weakness } from "../../agent/authentication/strength.ts";
import { tokenProblem } from "../../agent/authentication/usable-tokens.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { secretFile } from "../../secrets/file.ts";
import { withoutLineEnd } from "../../secrets/text.ts";
import { keyInterrupts } from "../interrupt.ts";

/**
 * A new value, or why what was given is none; no part of it is in that.
 *
 * @param from a file, or `-` for standard input, which a terminal does not repeat; when absent, one is made
 */
export async function newValue(from: string | undefined): Promise<Result<string, string>> {
  if (from === undefined) return ok(randomBytes(32).toString("hex"));
  const given = await givenValue(from);
  if (!given.ok) return fail(`--value-from ${from}: ${given.error}`);
  const value = withoutLineEnd(given.value);
  const problem = value === "" ? "is empty" : (tokenProblem(value) ?? weaknessOf(value));
  return problem === undefined ? ok(value) : fail(`--value-from ${from}: the value ${problem}`);
}

function weaknessOf(value: string): string | undefined {
  const why = weakness(value);
  return why && `${why}: somebody can guess it (expected one that a generator made)`;
}

async function givenValue(from: string): Promise<Result<string, string>> {
  if (from === "-") return ok(process.stdin.isTTY ? await asked() : await text(process.stdin));
  const file = await secretFile(from);
  return file.ok ? file : fail(file.error.reason);
}

/** Asks at the terminal, which shows nothing of the answer. */
function asked(): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  // from here on the terminal repeats nothing
  process.stderr.write("The new value (it is not shown): ");
  return new Promise((resolve) => {
    terminal.once("line", (line) => {
      resolve(line);
      terminal.close();
    });
    keyInterrupts(terminal);
    terminal.once("close", () => {
      process.stderr.write("\n");
      resolve("");
    });
  });
}
