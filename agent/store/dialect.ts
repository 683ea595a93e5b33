/** What engines say differently in SQL. The rest of the code asks for it by what it means. */
import type { DialectAdapter, Expression, RawBuilder, SqlBool } from "kysely";
import type { Store } from "./schema.ts";

/**
 * The language of one engine. What all of them must have besides, such as text that is ordered by code points, is in the
 * conformance suite of the tests.
 */
export interface SqlDialect {
  /** The text of an attribute at the top of a column with JSON; null where the JSON has none. */
  textIn(column: string, attribute: string): RawBuilder<string>;
  /** Whether a text has this part. */
  contains(text: Expression<unknown>, part: string): RawBuilder<SqlBool>;
  /** Whether a text ends so; every one ends with nothing. */
  endsWith(text: Expression<unknown>, end: string): RawBuilder<SqlBool>;
  /** All values of a column in some rows, one row of their group: as the text of a JSON list. Reading many rows takes ten times as long. */
  gathered(column: string): RawBuilder<string>;
  /** A table of these texts, in its column `value`: one statement and one parameter, however many there are. */
  listOf(values: readonly string[]): RawBuilder<{ value: string }>;
  /** Whether a column's value is one of these. However many there are, few different statements come of it. */
  isAmong(column: string, values: readonly (string | number)[]): RawBuilder<SqlBool>;
  /** A row if there is a table of this name. Kysely's introspection looks at every column of every table. */
  tableNamed(name: string): RawBuilder<unknown>;
  /** A column by which rows must not be looked up, since too many have the same value in it. */
  unindexed(column: string): RawBuilder<unknown>;
  /** A key of an order. What has no value comes last, and first in descending order. */
  sortKey(column: string, isDescending: boolean, isNullable: boolean): RawBuilder<unknown>;
  /** Begins a transaction that is going to write. */
  readonly begin: RawBuilder<unknown>;
  /** A place inside a transaction, to which it can be taken back. Rolled back to, it is there until it is released. */
  readonly savepoint: Readonly<Record<"set" | "release" | "rollBack", RawBuilder<unknown>>>;
}

/** Kysely's adapter of an engine, which goes along into transactions: so a store knows its language everywhere. */
export interface StoreAdapter extends DialectAdapter {
  readonly dialect: SqlDialect;
}

/** The language of a store's engine. */
export function dialectOf(store: Store): SqlDialect {
  // every store is made with such an adapter
  return (store.getExecutor().adapter as StoreAdapter).dialect;
}
