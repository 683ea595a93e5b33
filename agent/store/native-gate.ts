/**
 * Whether a thread is inside native code: SQLite's binding aborts the whole process where its thread is ended during one of its calls.
 * The thread and whoever ends it share one word, so that it is ended outside, and enters no more.
 */

const outside = 0;
const inside = 1;
/** Inside, and somebody waits for it to come out. */
const awaited = 2;
/** It comes in no more. */
const shut = 3;

export class NativeGate {
  readonly shared: SharedArrayBuffer;
  readonly #word: Int32Array<SharedArrayBuffer>;

  /** @param shared for the thread, what it was given; a new gate is one of a thread that is inside: it loads native code first */
  constructor(shared?: SharedArrayBuffer) {
    this.shared = shared ?? new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    this.#word = new Int32Array(this.shared);
    if (!shared) Atomics.store(this.#word, 0, inside);
  }

  /** For the thread: makes a call of native code. Where the thread is being ended, nothing comes after it. */
  pass<T>(call: () => T): T {
    if (Atomics.compareExchange(this.#word, 0, outside, inside) !== outside) this.#waitForEnd();
    try {
      return call();
    } finally {
      this.leave();
    }
  }

  /** For the thread: it is outside of native code. */
  leave(): void {
    if (Atomics.compareExchange(this.#word, 0, inside, outside) === inside) return;
    Atomics.store(this.#word, 0, shut);
    Atomics.notify(this.#word, 0);
    this.#waitForEnd();
  }

  /** For whoever ends the thread: keeps it from entering; resolves when it is outside, however long a call takes. */
  async shut(): Promise<void> {
    while (!this.#isShut()) await Atomics.waitAsync(this.#word, 0, awaited).value;
  }

  /** The same without anything else going on in between; false where it is inside for longer than that, in milliseconds. */
  shutWithin(patience: number): boolean {
    return this.#isShut() || Atomics.wait(this.#word, 0, awaited, patience) !== "timed-out";
  }

  #isShut(): boolean {
    for (;;) {
      const now = Atomics.load(this.#word, 0);
      if (now === shut) return true;
      if (now === awaited) return false;
      // the thread may enter or leave in between
      Atomics.compareExchange(this.#word, 0, now, now === outside ? shut : awaited);
    }
  }

  #waitForEnd(): never {
    for (;;) Atomics.wait(this.#word, 0, shut);
  }
}
