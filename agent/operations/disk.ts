/** The disk that is written to: while hardly any room is left on it, only what takes access away is stored. The log says so, once. */
import type { FastifyBaseLogger } from "fastify";
import type { Room } from "../store/schema.ts";

export class Disk {
  readonly #room: Room;
  readonly #access: string;
  readonly #log: FastifyBaseLogger;
  #isTight = false;
  /** Why no room could be made last, as the log says already. */
  #told: string | undefined;

  readonly #becameTight: () => void;

  /**
   * @param access the folder of the access file
   * @param becameTight is told when hardly any room is left
   */
  constructor(room: Room, access: string, log: FastifyBaseLogger, becameTight: () => void = () => {}) {
    this.#becameTight = becameTight;
    this.#room = room;
    this.#access = access;
    this.#log = log;
  }

  /** Whether only what takes access away is to be stored now. */
  isTight(): boolean {
    const isTight = this.#room.isTight(this.#access);
    if (isTight && !this.#isTight)
      this.#log.error(
        "hardly any room is left on the disk of the store or the access file: until there is, only what takes access away is stored",
      );
    if (!isTight && this.#isTight) this.#log.info("there is room on the disk again: everything is stored");
    const became = isTight && !this.#isTight;
    this.#isTight = isTight;
    if (became) this.#becameTight();
    return isTight;
  }

  /** Keeps room for removals, after what was written. What cannot be had now is asked for again after the next write. */
  async keepRoom(): Promise<void> {
    try {
      await this.#room.keep();
      this.#told = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (this.#told !== message) this.#log.warn(error, "no room can be kept on the disk for removals");
      this.#told = message;
    }
  }
}
