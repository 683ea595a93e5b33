/** Who has not answered yet, on a terminal: one line that is written over, and gone at the end. */

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export class Progress {
  readonly #stream: ProgressStream;
  readonly #waiting = new Set<string>();
  #done = 0;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  /** Follows one of those that are asked. */
  async follow<T>(who: string, asked: Promise<T>): Promise<T> {
    this.#waiting.add(who);
    this.#show();
    try {
      return await asked;
    } finally {
      this.#waiting.delete(who);
      this.#done++;
      this.#show();
    }
  }

  #show(): void {
    if (!this.#stream.isTTY) return;
    const all = this.#done + this.#waiting.size;
    const line =
      this.#waiting.size === 0
        ? ""
        : `${this.#done} of ${all} have answered; waiting for ${[...this.#waiting].join(", ")}`;
    this.#stream.write(`\r\u001b[K${line}`);
  }
}
