/** Has a thread compare the access file with the store, both as they are while nobody writes: for as long as it takes to copy the file. */
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { fail, ok, type Result } from "../../../model/result.ts";
import type { Milliseconds } from "../../../model/time.ts";
import type { AccessComparison } from "../../releases/compared.ts";
import type { MomentOfRest } from "../../releases/comparison.ts";
import { type Evaluator, settingOf } from "../../releases/evaluator.ts";
import type { Writer } from "../writer.ts";

export interface ComparedFile {
  readonly writer: Writer;
  readonly evaluation: Evaluator;
  /** The access file. */
  readonly access: string;
  /** The store's folder, which is nobody else's: the copy is made there. */
  readonly data: string;
}

/** What is found, and the copy that it is found in, for whoever asks it more; it is gone when that has ended. */
export interface ComparedCopy extends AccessComparison {
  readonly copy: string;
}

/**
 * Compares, and hands what is found to whoever wants to know more of the copy.
 *
 * @returns what comes of that; or why there is none, as a sentence
 */
export async function compareAtRest<T>(
  { writer, evaluation, access, data }: ComparedFile,
  patience: Milliseconds,
  more: (compared: ComparedCopy) => Promise<T>,
): Promise<Result<T, string>> {
  const copy = join(data, "access-copy.db");
  const { port1: port, port2 } = new MessageChannel();
  try {
    const reading = writer.clock.read();
    // nothing is judged by this: what is true is told when it is
    const setting = settingOf({ active: null, ...reading });
    const asked = evaluation.ask("verification", { port: port2 }, setting);
    asked.catch(() => undefined);
    const thread = (): Promise<unknown> => Promise.race([once(port, "message"), asked]);
    await thread();
    const rested = await writer.atRest(async (isShut) => {
      const { active, now, clock } = settingOf({ active: writer.active, ...writer.clock.read() });
      port.postMessage({ active, now, clock, access, copy, isShut } satisfies MomentOfRest);
      await thread();
    }, patience);
    // the thread waits for nobody whose port is closed
    if (!rested) return fail("the access file is being written for too long");
    const answer = await asked;
    if (!answer.ok) return fail(answer.error.detail);
    return ok(await more({ ...answer.value, copy }));
  } finally {
    port.close();
    await rm(copy, { force: true });
  }
}
