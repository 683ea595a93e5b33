/** A page of a list as it fills, and what of it a client is told. */
import type { Cursor } from "./cursor.ts";
import type { ListPosition, Order, SortKey } from "./order.ts";
import type { Numbered } from "./statements.ts";

/** The most JSON of one page's resources, in characters; the first one has a place in any case. */
export const largestPage = 4 * 1024 * 1024;

/** What is known of a row here: the JSON of its resource. */
export type Shown = { readonly resource: string };

export interface Rows<R> {
  readonly rows: readonly R[];
  /** How many there are on all pages. */
  readonly total: number;
  /** Where the next page begins; absent on the last one, and where pages are not asked for by cursors. */
  readonly next?: Cursor;
}

/** A page as it fills: with so many rows, or before their JSON is larger than a page may be. */
export class Page<R extends Shown> {
  readonly rows: Numbered<R>[] = [];
  /** Whether a row had no place any more. */
  isCut = false;
  readonly #count: number;
  #size = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** Adds the next row, if it has a place; none after it has one otherwise. */
  add(row: Numbered<R>): boolean {
    const { length } = this.rows;
    this.#size += row.resource.length;
    this.isCut ||= length === this.#count || (length > 0 && this.#size > largestPage);
    if (!this.isCut) this.rows.push(row);
    return !this.isCut;
  }

  /** The page as an answer to a cursor. */
  byCursor(
    total: number,
    order: Order,
    key = (row: Numbered<R>): SortKey => listPositionOf(row, order).key,
  ): Rows<R> {
    const last = this.rows.at(-1);
    const isLast = !this.isCut || !last;
    return {
      rows: this.rows,
      total,
      ...(!isLast && { next: { key: key(last), sequence: last.sequence, total } }),
    };
  }
}

/** Where a row stands, if a column has the order's keys. */
export function listPositionOf(row: object & { readonly sequence: number }, { column }: Order): ListPosition {
  const key = column ? (row as unknown as Readonly<Record<string, SortKey>>)[column.name] : null;
  return { key: key ?? null, sequence: row.sequence };
}
