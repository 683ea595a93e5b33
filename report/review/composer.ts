/** A text that may not become longer than so many bytes: what does not fit is counted. */

export class Composer {
  readonly #most: number;
  readonly #parts: string[] = [];
  #bytes = 0;
  #left = 0;

  /** @param most in bytes of UTF-8 */
  constructor(most: number) {
    this.#most = most;
  }

  /** How much was left out: lines, and items of lists. */
  get leftOut(): number {
    return this.#left;
  }

  /** Adds lines, or none of them where they do not fit. */
  lines(...lines: readonly string[]): void {
    if (!this.#add(lines.map((line) => `${line}\n`).join(""))) this.#left++;
  }

  /** Adds as many items as fit, between what opens and what closes them, and how many more there are. */
  list<T>(items: readonly T[], { open = "", close = "", item, separator = "\n", rest, most }: List<T>): void {
    if (items.length === 0) return;
    const frame = `${open}${rest(items.length)}${close}`;
    if (!this.#fits(frame)) {
      this.#left += items.length;
      return;
    }
    // what closes it must fit whatever comes between
    this.#bytes += Buffer.byteLength(frame);
    this.#parts.push(open);
    let shown = 0;
    while (shown < Math.min(items.length, most ?? items.length)) {
      if (!this.#add(`${shown > 0 ? separator : ""}${item(items[shown] as T)}`)) break;
      shown++;
    }
    const left = items.length - shown;
    this.#left += left;
    this.#parts.push(left > 0 ? rest(left) : "", close);
  }

  text(): string {
    return this.#parts.join("");
  }

  #fits(text: string): boolean {
    return this.#bytes + Buffer.byteLength(text) <= this.#most;
  }

  #add(text: string): boolean {
    if (!this.#fits(text)) return false;
    this.#bytes += Buffer.byteLength(text);
    this.#parts.push(text);
    return true;
  }
}

interface List<T> {
  readonly open?: string;
  readonly close?: string;
  readonly item: (item: T) => string;
  readonly separator?: string;
  /** Says how many more there are. */
  readonly rest: (left: number) => string;
  /** So many at most, whether more would fit or not. */
  readonly most?: number;
}
