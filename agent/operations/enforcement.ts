/**
 * Keeps the access file equal to the store: it is made whole at start, after a failure, and where it is not as this agent left
 * it (another file in its place, an old one too, or none), within a second also when nobody writes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyBaseLogger } from "fastify";
import type { Milliseconds } from "../../model/time.ts";
import { type AccessFile, AccessFileLost, mayPass, type PreparedAccess } from "../mercurial/access-file.ts";
import type { Serial } from "./serial.ts";

/** How often the file is looked at, and how long after a failure it is tried again. */
const pause: Milliseconds = 1_000;

export interface EnforcementParts {
  readonly access: AccessFile;
  readonly log: FastifyBaseLogger;
  /** Whoever has the turn may write. */
  readonly serial: Serial;
  /** Is told when a file that was not the agent's own has been made anew. */
  readonly mended: () => Promise<void>;
  /** Puts all that the store says into the file, which is another one than the one that was written where it is replaced. */
  readonly fill: (isReplaced: boolean) => Promise<PreparedAccess>;
}

export class Enforcement {
  readonly #parts: EnforcementParts;
  /** Whether the file may lack what the store has. */
  #isStale = true;
  /** Whether it is another one than this agent wrote, and may hold anything. */
  #isReplaced = false;
  /** Why it could not be written last, as the log says already; undefined where it could. */
  #told: string | undefined;
  readonly #end = new AbortController();

  constructor(parts: EnforcementParts) {
    this.#parts = parts;
  }

  /**
   * Makes the file equal to the store at start, and looks at it from then on. Where it cannot be written now, that goes on until it can:
   * nothing is stored meanwhile.
   *
   * @throws {Error} with a sentence, where it can only be mended by a person
   */
  async begin(): Promise<void> {
    try {
      await this.#parts.serial.run(() => this.rebuild());
    } catch (error) {
      if (!mayPass(error)) throw error;
      this.#tell(
        error,
        "the access file cannot be written: until it can, Mercurial goes on with what it holds, and every write is refused for now",
      );
    }
    void this.#watch();
  }

  async #watch(): Promise<void> {
    const { serial } = this.#parts;
    const { signal } = this.#end;
    const rest = () => sleep(pause, true, { ref: false, signal }).catch(() => false);
    while (await rest())
      await serial
        .run(async () => signal.aborted || this.mend())
        .catch((error) => this.#tell(error, "the access file still cannot be written"));
  }

  /** Tells why it cannot be written, once: the log may be on the disk that is full. */
  #tell(error: unknown, what: string): void {
    const { message } = error as Error;
    if (this.#told !== message) this.#parts.log.error(error, what);
    this.#told = message;
  }

  /** Whether Mercurial may not go by all that is stored. */
  get isBehind(): boolean {
    return this.#isStale || this.#parts.access.state() !== "asLeft";
  }

  /** Ends the watch. */
  close(): void {
    this.#end.abort();
  }

  /** Makes the file whole where it may not be. */
  async mend(): Promise<void> {
    if (this.#isStale || this.#parts.access.state() !== "asLeft") await this.rebuild();
  }

  /**
   * Makes the file equal to what the store says, whatever it holds.
   *
   * @param again `open`: by another connection, that remembers nothing; `new`: in a new file, since the structure of this one is wrong
   */
  async rebuild(again?: "open" | "new"): Promise<void> {
    const { access, log, fill, mended } = this.#parts;
    const state = access.state();
    if (again !== undefined || state !== "asLeft") {
      this.#isStale = true;
      if (state === "replaced") {
        if (!this.#isReplaced)
          log.warn(
            "the access file is not the one that this agent wrote last: it is made anew from the store",
          );
        this.#isReplaced = true;
      }
      await access.reopen({ isNew: again === "new" });
    }
    const problem = access.structureProblem();
    if (problem !== undefined) {
      log.warn(`a new access file is made, since this one cannot be gone by: ${problem}`);
      this.#isStale = true;
      this.#isReplaced = true;
      await access.reopen({ isNew: true });
    }
    const isReplaced = this.#isReplaced;
    (await fill(isReplaced)).commit();
    this.#isStale = false;
    this.#isReplaced = false;
    if (isReplaced) await mended();
    if (this.#told !== undefined) log.info("the access file is equal to the store again");
    this.#told = undefined;
  }

  /**
   * Does what writes to the file; where the file fails under it, once more when it is made whole.
   *
   * @param write changes nothing where it throws
   */
  async write<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof AccessFileLost)) throw error;
      this.#parts.log.warn(error, "the access file is opened again");
      await this.rebuild();
      return write();
    }
  }

  /** Makes visible what is stored already, by the whole of it where its part cannot be written. */
  async commit(prepared: PreparedAccess | undefined): Promise<void> {
    try {
      prepared?.commit();
    } catch (error) {
      this.#isStale = true;
      this.#parts.log.warn(error, "the access file is opened again");
      await this.rebuild();
    }
  }

  /** Has a file that is whole say how far the audit is. */
  note(audit: number): void {
    if (!this.#isStale && this.#parts.access.state() === "asLeft") this.#parts.access.note(audit);
  }

  /** What is stored has changed: the file is made whole next, whoever asks for it first. */
  outdated(): void {
    this.#isStale = true;
  }

  /** The file may lack from here on what the store has. */
  failed(error: unknown): void {
    this.#isStale = true;
    this.#tell(error, "the access file could not be written");
  }
}
