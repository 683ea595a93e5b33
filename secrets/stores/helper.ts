/** Programs that print secrets: run as they are named, with nothing of the agent's, and ended when they take too long. */
import { spawn } from "node:child_process";
import { milliseconds } from "../../model/duration.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { systemReason } from "../../model/system-error.ts";
import type { HelperConfig } from "./configuration.ts";
import type { StoreFailure } from "./failure.ts";
import type { StoredValue } from "./kept.ts";

/** More is no secret. */
const mostBytes = 1024 * 1024;

/**
 * What a helper prints. What it says on standard error is nobody's to see: it may have parts of what it reads in it.
 *
 * @param name what the configuration calls it
 */
export function runHelper(
  name: string,
  { command: [program = "", ...parameters], environment, timeout, refresh }: HelperConfig,
): Promise<Result<StoredValue<string>, StoreFailure>> {
  const who = `the helper ${name}`;
  const failed = (why: string) => fail({ reason: `${who} ${why}`, away: `${who} ${why}` });
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: "/",
      env: { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", ...environment },
      stdio: ["ignore", "pipe", "ignore"],
      // a group of its own: what it has started ends with it
      detached: true,
    });
    const end = (answer: Awaited<ReturnType<typeof runHelper>>) => {
      clearTimeout(timer);
      resolve(answer);
    };
    const stop = (why: string) => {
      end(failed(why));
      child.stdout.destroy();
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // it has just ended
      }
    };
    const timer = setTimeout(
      () => stop(`did not end within ${timeout} (expected it to print the secret)`),
      milliseconds(timeout),
    );
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > mostBytes) stop(`printed more than ${mostBytes} bytes (expected the secret alone)`);
    });
    child.on("error", (error) => end(failed(`cannot be run: ${systemReason(error)}`)));
    child.on("close", (code, signal) => {
      if (code === 0) end(ok({ value: Buffer.concat(chunks).toString(), lasts: milliseconds(refresh) }));
      else
        end(
          failed(
            `ended with ${code === null ? `signal ${signal}` : `exit code ${code}`} (run it by hand to see why)`,
          ),
        );
    });
  });
}

/**
 * The text that is under keys, one inside of the other, in JSON that a helper printed; without keys, all that it printed.
 * No part of the JSON is in what is said of it but the names that were asked for.
 */
export function pick(text: string, keys: readonly string[]): Result<string, StoreFailure> {
  if (keys.length === 0) return ok(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail({ reason: "what the helper printed is no JSON (expected an object with the key)" });
  }
  for (const [index, key] of keys.entries()) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
      return fail({
        reason: `what the helper printed has no ${keys.slice(0, index + 1).join("/")} (expected that key)`,
        isEmpty: true,
      });
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === "string"
    ? ok(value)
    : fail({ reason: `what the helper printed has no text under ${keys.join("/")} (expected a string)` });
}
