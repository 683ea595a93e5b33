/** Where the value of a slot is read and written by whoever runs a command: the agent only reads. */
import type { Result } from "../../model/result.ts";

export interface SlotPlace {
  /** How a person reads it there. */
  readonly reading: string;
  /** What is there; undefined where nothing is. */
  read(): Promise<Result<string | undefined, Unwritten>>;
  /** Puts a value in place of what was read, or takes it away; refused where something else is there by now. */
  write(value: string | undefined, instead: string | undefined): Promise<Result<null, Unwritten>>;
}

/** Why a slot was not read or written: a sentence without a full stop, and what to do. No value is in either. */
export interface Unwritten {
  readonly reason: string;
  readonly advice: readonly string[];
  /** Whether no call from anywhere could: a person does it, and is waited for. */
  readonly byHand?: true;
}
