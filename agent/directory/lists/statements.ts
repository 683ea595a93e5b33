/** The statements that lists are read with. Their texts differ by the form of a filter alone: few are prepared. */
import { type RawBuilder, sql } from "kysely";
import type { SqlDialect } from "../../store/dialect.ts";
import type { ListPosition, Order } from "./order.ts";
import type { Plan } from "./plan.ts";
import type { Table } from "./table.ts";

/** The resources of one connector that a condition of SQL leaves. */
export interface Selection extends Pick<Plan, "piece"> {
  readonly dialect: SqlDialect;
  readonly table: Table;
  readonly connector: string;
}

/** A row with its place in the order of creation. */
export type Numbered<R> = R & { readonly sequence: number };

/** How many there are. */
export function countStatement(selection: Selection): RawBuilder<{ total: number }> {
  return sql`select count(*) as total ${from(selection)}`;
}

/** A page by how many are before it: these are passed by in an index, and not read. */
export function pageStatement<R>(
  selection: Selection,
  order: Order,
  limit: number,
  offset: number,
): RawBuilder<Numbered<R>> {
  const chosen = sql`select sequence ${from(selection)} order by ${keys(selection, order)} limit ${limit} offset ${offset}`;
  return sql`select ${columns(selection)} from ${sql.table(selection.table.name)}
    where sequence in (${chosen}) order by ${keys(selection, order)}`;
}

/** A page by what is before it, so that the page's place does not matter at all. */
export function nextStatement<R>(
  selection: Selection,
  order: Order,
  limit: number,
  position: ListPosition | undefined,
): RawBuilder<Numbered<R>> {
  const rest = position ? sql` and ${after(order, position)}` : sql``;
  return sql`select ${columns(selection)} ${from(selection)}${rest} order by ${keys(selection, order)} limit ${limit}`;
}

/** The numbers of all that are left, in the order, from a position on. */
export function candidatesStatement(
  selection: Selection,
  order: Order,
  limit: number,
  position: ListPosition | undefined,
): RawBuilder<{ sequence: number }> {
  const rest = position ? sql` and ${after(order, position)}` : sql``;
  return sql`select sequence ${from(selection)}${rest} order by ${keys(selection, order)} limit ${limit}`;
}

/** The rows of these sequence numbers, in any order. */
export function rowsStatement<R>(
  dialect: SqlDialect,
  table: Table,
  sequences: readonly number[],
): RawBuilder<Numbered<R>> {
  return sql`select ${columns({ table })} from ${sql.table(table.name)}
    where ${dialect.isAmong("sequence", sequences)}`;
}

function columns({ table }: Pick<Selection, "table">) {
  return sql.join(["sequence", ...table.rowColumns].map((name) => sql.ref(name)));
}

function from({ dialect, table, connector, piece }: Selection) {
  const filter = piece ? sql` and ${piece.where}` : sql``;
  // engines take a connector for something rare, and would go through all that one has
  const owner = piece?.isById ? dialect.unindexed("connector") : sql`connector`;
  return sql`from ${sql.table(table.name)} where ${owner} = ${connector}${filter}`;
}

function keys({ dialect }: Selection, { column, isDescending }: Order) {
  const creation = dialect.sortKey("sequence", isDescending, false);
  return column
    ? sql`${dialect.sortKey(column.name, isDescending, column.isNullable)}, ${creation}`
    : creation;
}

function after({ column, isDescending }: Order, { key, sequence }: ListPosition) {
  const beyond = isDescending ? sql`<` : sql`>`;
  if (!column) return sql`sequence ${beyond} ${sequence}`;
  const name = sql.ref(column.name);
  if (key === null)
    return isDescending
      ? sql`((${name} is null and sequence < ${sequence}) or ${name} is not null)`
      : sql`(${name} is null and sequence > ${sequence})`;
  const later = sql`(${name}, sequence) ${beyond} (${key}, ${sequence})`;
  return column.isNullable && !isDescending ? sql`(${later} or ${name} is null)` : later;
}
