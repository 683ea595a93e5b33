/** The text of a secret's file, in bounded time and size: what never answers must not keep anybody waiting. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, ok, type Result } from "../model/result.ts";
import { systemReason } from "../model/system-error.ts";
import type { Milliseconds } from "../model/time.ts";

/** A pipe that nobody writes to, or a mount whose server is gone, never answers. */
const patience: Milliseconds = 5_000;

/** After which it is looked again whether somebody has written into a pipe. */
const pipePause: Milliseconds = 20;

/** No secret is longer; certificates of an authority are some kilobytes. */
const mostBytes = 1024 * 1024;

/** Files that have not answered yet. Each keeps one of the four threads by which this process reads files. */
const unanswered = new Set<string>();
const mostUnanswered = 2;

const silent = fail(`no answer within ${patience / 1_000} s (expected a plain file)`);

/** @returns the text, or the reason as words that name neither the file nor its content */
export async function secretFile(path: string): Promise<Result<string, string>> {
  if (unanswered.has(path) || unanswered.size >= mostUnanswered) return silent;
  unanswered.add(path);
  const end = new AbortController();
  const read = textOf(path, end.signal).finally(() => unanswered.delete(path));
  const late = sleep(patience, silent, { signal: end.signal }).catch(() => silent);
  return Promise.race([read, late]).finally(() => end.abort());
}

async function textOf(path: string, signal: AbortSignal): Promise<Result<string, string>> {
  try {
    // a pipe that nobody writes to would keep its thread else, and with that the process, for ever
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await textIn(file, (await file.stat()).isFIFO(), signal);
    } finally {
      await file.close();
    }
  } catch (error) {
    return fail(systemReason(error));
  }
}

/** @param isPipe whether whoever writes may come later, and in pieces */
async function textIn(
  file: FileHandle,
  isPipe: boolean,
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= mostBytes) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024)).catch((error) => {
      if (error.code !== "EAGAIN") throw error;
      return { bytesRead: -1, buffer: Buffer.alloc(0) };
    });
    if (bytesRead > 0) {
      chunks.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
    } else if (isPipe && (bytesRead < 0 || length === 0))
      await sleep(pipePause, undefined, { signal }).catch(() => undefined);
    else break;
    if (signal.aborted) return silent;
  }
  return length > mostBytes ? fail(`more than ${mostBytes} bytes`) : ok(Buffer.concat(chunks).toString());
}
