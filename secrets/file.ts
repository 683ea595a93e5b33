/** The text of a secret's file, in bounded time and size: what never answers must not keep anybody waiting. */
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, ok, type Result } from "../model/result.ts";
import { systemReason } from "../model/system-error.ts";
import type { Milliseconds } from "../model/time.ts";
import type { StoreFailure } from "./stores/failure.ts";

/** A pipe that nobody writes to, or a mount whose server is gone, never answers. */
const patience: Milliseconds = 5_000;

/** No secret is longer; certificates of an authority are some kilobytes. */
const mostBytes = 1024 * 1024;

/** Files that have not answered yet. Each keeps one of the four threads by which this process reads files. */
const unanswered = new Set<string>();
const mostUnanswered = 2;

const silent = fail({ reason: `no answer within ${patience / 1_000} s (expected a plain file)` });

/** @returns the text, or the reason as words that name neither the file nor its content */
export async function secretFile(path: string): Promise<Result<string, StoreFailure>> {
  if (unanswered.has(path) || unanswered.size >= mostUnanswered) return silent;
  unanswered.add(path);
  const read = textOf(path).finally(() => unanswered.delete(path));
  const given = new AbortController();
  const late = sleep(patience, silent, { signal: given.signal }).catch(() => silent);
  return Promise.race([read, late]).finally(() => given.abort());
}

async function textOf(path: string): Promise<Result<string, StoreFailure>> {
  try {
    const file = await open(path);
    let text = "";
    for await (const chunk of file.createReadStream({ encoding: "utf8", end: mostBytes })) text += chunk;
    return Buffer.byteLength(text) > mostBytes ? fail({ reason: `more than ${mostBytes} bytes` }) : ok(text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // without its folder it is a misspelt path, or a mount that is not there
    const isEmpty = code === "ENOENT" && existsSync(dirname(path));
    return fail({ reason: systemReason(error), ...(isEmpty && { isEmpty }) });
  }
}
