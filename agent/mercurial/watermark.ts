/**
 * A file that says how far the audit is, for where the access file does not outlive a reboot: by it a store is still known to be a
 * copy from before. It is written after the store, and not flushed: what a power loss takes away of it makes no store look old.
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from "node:fs";
import type { FastifyBaseLogger } from "fastify";

/** As many digits as a number has at most, so that each is written over the one before. */
const digits = 16;

export class Watermark {
  readonly #file: string;
  readonly #log: FastifyBaseLogger;
  /** Why it could not be written last, as the log says already. */
  #told: string | undefined;

  constructor(file: string, log: FastifyBaseLogger) {
    this.#file = file;
    this.#log = log;
  }

  /** The newest row of the audit that was noted; undefined where the file is not there, or says nothing. */
  read(): number | undefined {
    try {
      const text = readFileSync(this.#file, "latin1");
      if (/^\d{16}\n$/.test(text)) return Number(text);
      this.#log.error(
        `${this.#file} does not say how far the audit was (expected what the agent has written)`,
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        this.#log.error(error, "how far the audit was cannot be read");
    }
    return undefined;
  }

  /** Notes the newest row of the audit. A file that cannot be written is told of, once, and holds nothing up. */
  note(audit: number): void {
    try {
      const descriptor = openSync(this.#file, constants.O_WRONLY | constants.O_CREAT, 0o600);
      try {
        writeSync(descriptor, `${String(audit).padStart(digits, "0")}\n`, 0);
      } finally {
        closeSync(descriptor);
      }
      this.#told = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (this.#told !== message) this.#log.error(error, "how far the audit is cannot be noted");
      this.#told = message;
    }
  }
}
