/** Names of hosts, looked up in bounded time: each look-up keeps one of the four threads by which this process reads files, too. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { fail, ok, type Result } from "../../model/result.ts";

/** Look-ups that have not answered. A resolver that is away keeps each for many seconds. */
let unanswered = 0;
const mostUnanswered = 2;

const waiting: (() => void)[] = [];

/**
 * The addresses of a host, as this system finds them.
 *
 * @returns the reason, as a sentence without a subject
 */
export async function addressesOf(hostname: string, signal: AbortSignal): Promise<Result<string[], string>> {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (isIP(host)) return ok([host]);
  const late = new Promise<Result<never, string>>((resolve) => {
    const end = () => resolve(fail("its name is not looked up in time: no resolver answers"));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
  return Promise.race([found(host, signal), late]);
}

async function found(host: string, signal: AbortSignal): Promise<Result<string[], string>> {
  while (unanswered >= mostUnanswered) await new Promise<void>((resolve) => waiting.push(resolve));
  if (signal.aborted) {
    waiting.shift()?.();
    return fail("");
  }
  unanswered++;
  try {
    const all = await lookup(host, { all: true });
    return ok(all.map(({ address }) => address));
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return fail(code === "ENOTFOUND" ? "no such host" : `its name cannot be looked up (${code})`);
  } finally {
    unanswered--;
    waiting.shift()?.();
  }
}
