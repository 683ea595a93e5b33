/** The agent's clock while it runs: looked at whenever somebody asks, and told in the log when it cannot be right. */
import type { FastifyBaseLogger } from "fastify";
import type { Milliseconds, Time } from "../../model/time.ts";
import { describeDoubt } from "../../report/clock.ts";
import { describeDuration } from "../../report/duration.ts";
import {
  type ClockLook,
  type ClockReading,
  type ClockState,
  type ClockVerdict,
  type KeptClock,
  readClock,
  setClock,
  startClock,
} from "./rule.ts";

export interface ClockParts {
  /** The system's clock. */
  readonly system: () => Time;
  /** A clock that nobody sets, from any moment on. */
  readonly uptime: () => Milliseconds;
  /** What an earlier process left; undefined for the first one. */
  readonly kept?: KeptClock | undefined;
  readonly log: FastifyBaseLogger;
  /** Is told when the clock comes into doubt, with a sentence. */
  readonly doubted?: (problem: string) => void;
}

export class AgentClock {
  readonly #parts: ClockParts;
  #state: ClockState;
  #inDoubt = false;

  constructor(parts: ClockParts) {
    this.#parts = parts;
    const look = this.#look();
    const { state, verdict } = startClock(parts.kept, look);
    this.#state = state;
    // between two processes a gap is nothing to tell
    if (verdict.kind === "doubt") this.#tell(verdict, look);
  }

  /** The agent's time. */
  readonly now = (): Time => this.read().now;

  /** For how long an agent has run on this store: what spans are measured by, whatever becomes of the time. */
  readonly measured = (): Milliseconds => this.read().clock.measured;

  /** Everything that is told of the time. */
  read(): ClockReading {
    const look = this.#look();
    const { state, verdict } = readClock(this.#state, look);
    this.#state = state;
    this.#tell(verdict, look);
    const measured = Math.floor(state.measured);
    return { now: state.time, clock: { system: look.system, measured, inDoubt: this.#inDoubt } };
  }

  /** What the store keeps of it, as it was at the last look. */
  get kept(): KeptClock {
    return this.#state;
  }

  /** Takes a time for the right one, by an approver's word. */
  set(time: Time): void {
    this.#state = setClock(this.#state, time);
  }

  #look(): ClockLook {
    return { system: Math.floor(this.#parts.system()), uptime: this.#parts.uptime() };
  }

  #tell(verdict: ClockVerdict, { system }: ClockLook): void {
    const { log, doubted } = this.#parts;
    const inDoubt = verdict.kind === "doubt";
    if (inDoubt && !this.#inDoubt) {
      const problem = describeDoubt(this.#state.time, system);
      log.error(problem);
      doubted?.(problem);
    }
    if (!inDoubt && this.#inDoubt) log.info("the clock is no longer in doubt");
    if (verdict.kind === "gap")
      log.warn(
        `the system's clock went ahead by ${describeDuration(verdict.span)} at once, as after a sleep: that counts for no soak`,
      );
    this.#inDoubt = inDoubt;
  }
}
