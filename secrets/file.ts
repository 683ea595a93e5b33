/** The text of a secret's file, in bounded time and size: what never answers must not keep anybody waiting. */
import { constants, existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, ok, type Result } from "../model/result.ts";
import { systemReason } from "../model/system-error.ts";
import type { Milliseconds } from "../model/time.ts";
import type { StoreFailure } from "./stores/failure.ts";

/** A pipe that nobody writes to, or a mount whose server is gone, never answers. */
const patience: Milliseconds = 5_000;

/** After which it is looked again whether somebody has written into a pipe. */
const pipePause: Milliseconds = 20;

/** No secret is longer; certificates of an authority are some kilobytes. */
const mostBytes = 1024 * 1024;

/** So many are read at a time, since each keeps one of the four threads by which this process reads files. */
const mostAtOnce = 2;
let reading = 0;
const waiting: (() => void)[] = [];
/** Those that have not answered in time, each with its path, and keep their thread still. */
const silent = new Map<symbol, string>();

const noAnswer = fail({ reason: `no answer within ${patience / 1_000} s (expected a plain file)` });

/** @returns the text, or the reason as words that name neither the file nor its content */
export async function secretFile(path: string): Promise<Result<string, StoreFailure>> {
  if (silent.size >= mostAtOnce || [...silent.values()].includes(path)) return noAnswer;
  const self = Symbol();
  let state: "waits" | "reads" | "late" = "waits";
  const read = async () => {
    await turn();
    try {
      if (state === "late") return noAnswer;
      state = "reads";
      return await textOf(path, given.signal);
    } finally {
      silent.delete(self);
      leave();
    }
  };
  const given = new AbortController();
  const late = async () => {
    await sleep(patience, undefined, { signal: given.signal }).catch(() => undefined);
    if (!given.signal.aborted && state === "reads") silent.set(self, path);
    state = "late";
    return noAnswer;
  };
  return Promise.race([read(), late()]).finally(() => given.abort());
}

/** Waits until there is a thread for one more. */
async function turn(): Promise<void> {
  if (reading < mostAtOnce) reading++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
}

/** Hands the thread over to whoever waits. */
function leave(): void {
  const next = waiting.shift();
  if (next) next();
  else reading--;
}

async function textOf(path: string, given: AbortSignal): Promise<Result<string, StoreFailure>> {
  try {
    // a pipe that nobody writes to would keep its thread else, and with that the process, for ever
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return await textIn(file, (await file.stat()).isFIFO(), given);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // without its folder it is a misspelt path, or a mount that is not there
    const isEmpty = code === "ENOENT" && existsSync(dirname(path));
    return fail({ reason: systemReason(error), ...(isEmpty && { isEmpty }) });
  }
}

/** @param isPipe whether whoever writes may come later, and in pieces */
async function textIn(
  file: FileHandle,
  isPipe: boolean,
  given: AbortSignal,
): Promise<Result<string, StoreFailure>> {
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
      await sleep(pipePause, undefined, { signal: given }).catch(() => undefined);
    else break;
    if (given.aborted) return noAnswer;
  }
  return length > mostBytes
    ? fail({ reason: `more than ${mostBytes} bytes` })
    : ok(Buffer.concat(chunks).toString());
}
