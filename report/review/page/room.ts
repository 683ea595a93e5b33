/** How much of long lists a page has room for: what does not fit is counted, so that it stays a page that a browser shows at once. */
import { seen } from "../foreign-text.ts";

/** In bytes; what is no list takes some 20,000 besides. */
const mostBytes = 900_000;

/** What an item costs beside its text. */
const perItem = 20;

export interface Fitting<T> {
  readonly items: readonly T[];
  /** How many more there are. */
  readonly left: number;
}

export class PageRoom {
  #left = mostBytes;

  /** As many items as there is room for. */
  take<T>(items: readonly T[], costOf: (item: T) => number): Fitting<T> {
    let shown = 0;
    for (const item of items) {
      const cost = costOf(item) + perItem;
      if (cost > this.#left) break;
      this.#left -= cost;
      shown++;
    }
    return { items: items.slice(0, shown), left: items.length - shown };
  }

  /** As many texts. */
  texts(items: readonly string[]): Fitting<string> {
    return this.take(items, textCost);
  }
}

/** What a text costs once it is escaped. */
export function textCost(text: string): number {
  const shown = seen(text);
  return Buffer.byteLength(shown) + 5 * (shown.match(/[&<>"]/g)?.length ?? 0);
}
