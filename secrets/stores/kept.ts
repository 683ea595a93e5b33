/**
 * What one store answered, for as long as it is good; and what it did not answer, for as long as it is not worth asking again. It is
 * asked one thing at a time.
 */
import { fail, ok, type Result } from "../../model/result.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { StoreFailure } from "./failure.ts";

/** What a store gave. */
export interface StoredValue<T> {
  readonly value: T;
  /** For how long it is good. */
  readonly lasts: Milliseconds;
}

export interface KeptParts<T> {
  /** Asks the store. */
  readonly ask: (address: string) => Promise<Result<StoredValue<T>, StoreFailure>>;
  /** A time that nobody sets. */
  readonly measured: () => Time;
  /** The wait after so many failures, one after the other. */
  readonly pause: (failed: number) => Milliseconds;
}

interface Answer<T> {
  readonly result: Result<T, StoreFailure>;
  readonly at: Time;
  /** Until when it is not asked for again. */
  readonly until: Time;
  /** How many have failed, one after the other, with this one. */
  readonly failed: number;
}

export class Kept<T> {
  readonly #parts: KeptParts<T>;
  readonly #answers = new Map<string, Answer<T>>();
  /** The last failure that says that nothing can be asked; undefined when it answers. */
  #away: Answer<T> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: KeptParts<T>) {
    this.#parts = parts;
  }

  /**
   * What is at an address.
   *
   * @param since an answer of before is asked for again, also where it is good; when absent, one that is good will do
   */
  get(address: string, since?: Time): Promise<Result<T, StoreFailure>> {
    const isGood = (answer: Answer<T> | undefined) =>
      answer !== undefined &&
      (since === undefined ? this.#parts.measured() < answer.until : answer.at >= since);
    const look = async () => {
      const known = this.#answers.get(address);
      if (known && isGood(known)) return known.result;
      if (this.#away && isGood(this.#away)) return this.#away.result;
      return this.#ask(address, known);
    };
    const answer = this.#last.then(look);
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /**
   * Does something at the store, unless it is away and not worth asking yet.
   *
   * @returns why the store is away, by this or by what was asked before
   */
  tend(work: () => Promise<StoreFailure | undefined>): Promise<StoreFailure | undefined> {
    const tended = this.#last.then(async () => {
      const before = this.#away?.result;
      if (this.#away && this.#parts.measured() < this.#away.until)
        return before?.ok === false ? before.error : undefined;
      const failure = await work();
      if (failure?.away !== undefined) this.#away = this.#failed(failure, this.#away);
      return failure;
    });
    this.#last = tended.catch(() => undefined);
    return tended;
  }

  /** Forgets what nobody names any more. */
  keep(addresses: ReadonlySet<string>): void {
    for (const address of this.#answers.keys()) if (!addresses.has(address)) this.#answers.delete(address);
  }

  async #ask(address: string, known: Answer<T> | undefined): Promise<Result<T, StoreFailure>> {
    const { ask, measured } = this.#parts;
    const asked = await ask(address);
    const at = measured();
    if (asked.ok) {
      const { value, lasts } = asked.value;
      this.#away = undefined;
      this.#answers.set(address, { result: ok(value), at, until: at + lasts, failed: 0 });
      return ok(value);
    }
    const isAway = asked.error.away !== undefined;
    const answer = this.#failed(asked.error, isAway ? this.#away : known);
    if (isAway) this.#away = answer;
    else {
      this.#away = undefined;
      this.#answers.set(address, answer);
    }
    return answer.result;
  }

  #failed(
    error: StoreFailure,
    before: Answer<T> | undefined,
  ): Answer<T> & { readonly result: Result<never, StoreFailure> } {
    const at = this.#parts.measured();
    const failed = (before?.failed ?? 0) + 1;
    return { result: fail(error), at, until: at + this.#parts.pause(failed), failed };
  }
}
