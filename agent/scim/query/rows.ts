/** The rows of a page: read by SQL alone where it answers everything, else by walking over what it leaves. */
import { setImmediate } from "node:timers/promises";
import type { RawBuilder } from "kysely";
import type { Store } from "../../store/schema.ts";
import { scimError } from "../error.ts";
import type { JsonObject } from "../json.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Cursor } from "./cursor.ts";
import { testOf } from "./evaluate.ts";
import { comparePositions, keyAt, type Order, type Position, type SortKey } from "./order.ts";
import type { Plan } from "./plan.ts";
import {
  candidatesStatement,
  countStatement,
  type Numbered,
  nextStatement,
  pageStatement,
  rowsStatement,
  type Selection,
} from "./statements.ts";
import type { Table } from "./table.ts";

/** The most resources that are looked at for one page. */
const mostExamined = 200_000;

/** What is asked of the store. */
export interface RowsRequest<R> {
  readonly table: Table;
  readonly connector: string;
  readonly plan: Plan;
  readonly order: Order;
  /** How many rows at most. */
  readonly count: number;
  /** The page: what is before it. */
  readonly from: { readonly offset: number } | { readonly cursor: Cursor | undefined };
  /** Rows as the resources on which the residual condition and the order are judged. */
  readonly show: (rows: readonly R[]) => Promise<JsonObject[]>;
  /** How many rows are shown at a time. */
  readonly portion: number;
}

export interface Rows<R> {
  readonly rows: readonly R[];
  /** How many there are on all pages. */
  readonly total: number;
  /** Where the next page begins; absent on the last one, and where pages are not asked for by cursors. */
  readonly next?: Cursor;
}

/**
 * Reads a page.
 *
 * @returns `tooMany` where more resources than `mostExamined` would have to be looked at one by one
 */
export async function readRows<R extends object>(
  store: Store,
  request: RowsRequest<R>,
): Promise<Result<Rows<R>>> {
  const { order, plan } = request;
  if (order.place && !order.column) return sorted(store, request);
  return plan.residual ? walked(store, request) : selected(store, request);
}

const selectionOf = <R>({ table, connector, plan }: RowsRequest<R>): Selection => ({
  table,
  connector,
  ...plan,
});

async function all<T>(store: Store, statement: RawBuilder<T>): Promise<T[]> {
  return (await statement.execute(store)).rows;
}

/** SQL finds the rows and their order. */
async function selected<R extends object>(store: Store, request: RowsRequest<R>): Promise<Result<Rows<R>>> {
  const { order, count, from } = request;
  const selection = selectionOf(request);
  const countAll = async () => (await countStatement(selection).execute(store)).rows[0]?.total ?? 0;
  if ("cursor" in from) {
    const rows = await all(store, nextStatement<R>(selection, order, count + 1, from.cursor));
    return ok(pageOf(rows, count, from.cursor?.total ?? (await countAll()), (row) => keyOf(row, order)));
  }
  const rows = count > 0 ? await all(store, pageStatement<R>(selection, order, count, from.offset)) : [];
  const isLast = rows.length < count && (rows.length > 0 || from.offset === 0);
  return ok({ rows, total: isLast ? from.offset + rows.length : await countAll() });
}

/** SQL gives the order, and some rows too many. */
async function walked<R extends object>(store: Store, request: RowsRequest<R>): Promise<Result<Rows<R>>> {
  const { order, count, from } = request;
  const cursor = "cursor" in from ? from.cursor : undefined;
  const [offset, limit] = "cursor" in from ? [0, count + 1] : [from.offset, count];
  const rows: Numbered<R>[] = [];
  let total = 0;
  const examined = await walk(store, request, cursor, ({ row }) => {
    if (++total > offset && rows.length < limit) rows.push(row);
    // behind the first page, nothing is counted again
    return cursor === undefined || rows.length < limit;
  });
  if (!examined.ok) return examined;
  if (!("cursor" in from)) return ok({ rows, total });
  return ok(pageOf(rows, count, cursor?.total ?? total, (row) => keyOf(row, order)));
}

/** The order is in the resources alone: all keys are sorted here, then the page is read. */
async function sorted<R extends object>(store: Store, request: RowsRequest<R>): Promise<Result<Rows<R>>> {
  const { table, order, count, from } = request;
  const { place = [] } = order;
  const positions: Position[] = [];
  const byCreation = { ...request, order: { isDescending: false } };
  const examined = await walk(store, byCreation, undefined, ({ row, resource }) => {
    positions.push({ key: keyAt(place, resource), sequence: row.sequence });
    return true;
  });
  if (!examined.ok) return examined;
  positions.sort((left, right) => comparePositions(left, right, order));
  const read = (wanted: readonly Position[]) => rowsAt<R>(store, table, wanted);
  if (!("cursor" in from))
    return ok({
      rows: await read(positions.slice(from.offset, from.offset + count)),
      total: positions.length,
    });
  const { cursor } = from;
  const rest = cursor
    ? positions.filter((position) => comparePositions(position, cursor, order) > 0)
    : positions;
  const total = cursor?.total ?? positions.length;
  const { rows, next } = pageOf(rest.slice(0, count + 1), count, total, ({ key }) => key);
  return ok({ rows: await read(rows), total, ...(next && { next }) });
}

/** A page of cursors, of which one row more was read. */
function pageOf<T extends { readonly sequence: number }>(
  rows: readonly T[],
  count: number,
  total: number,
  key: (row: T) => SortKey,
): Rows<T> {
  const page = rows.slice(0, count);
  const last = page.at(-1);
  return {
    rows: page,
    total,
    ...(last && rows.length > count && { next: { key: key(last), sequence: last.sequence, total } }),
  };
}

/** The key of a row whose order a column has. */
function keyOf(row: object, { column }: Order): SortKey {
  return column ? ((row as Readonly<Record<string, SortKey>>)[column.name] ?? null) : null;
}

/** Visits the rows that meet the plan, in its order, until it is told to stop. Others have their turn in between. */
async function walk<R extends object>(
  store: Store,
  request: RowsRequest<R>,
  start: Position | undefined,
  visit: (found: { readonly row: Numbered<R>; readonly resource: JsonObject }) => boolean,
): Promise<Result<null>> {
  const { plan, show } = request;
  const test = plan.residual && testOf(plan.residual);
  let examined = 0;
  for await (const rows of portions(store, request, start)) {
    examined += rows.length;
    if (examined > mostExamined)
      return fail(scimError("tooMany", `more than ${mostExamined} resources would have to be looked at`));
    const resources = await show(rows);
    for (const [index, row] of rows.entries()) {
      const resource = resources[index] ?? {};
      if ((!test || test(resource)) && !visit({ row, resource })) return ok(null);
    }
    await turn();
  }
  return ok(null);
}

let lastTurn = Promise.resolve();

/** Lets everything else go on, and lists that waited before: however many there are, one portion is read at a time. */
function turn(): Promise<void> {
  lastTurn = lastTurn.then(() => setImmediate());
  return lastTurn;
}

/** The rows that SQL leaves, a portion at a time. */
async function* portions<R extends object>(
  store: Store,
  request: RowsRequest<R>,
  start: Position | undefined,
): AsyncGenerator<readonly Numbered<R>[]> {
  const { table, order, plan, portion } = request;
  const selection = selectionOf(request);
  if (plan.piece) {
    // what is found once is not looked for again with every portion
    const chosen = await all(store, candidatesStatement(selection, order, mostExamined + 1, start));
    for (let i = 0; i < chosen.length; i += portion)
      yield rowsAt<R>(store, table, chosen.slice(i, i + portion));
    return;
  }
  for (let position = start; ; ) {
    const rows = await all(store, nextStatement<R>(selection, order, portion, position));
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < portion) return;
    position = { key: keyOf(last, order), sequence: last.sequence };
  }
}

/** The rows with these numbers, in this order; those that were deleted meanwhile are left out. */
async function rowsAt<R extends object>(
  store: Store,
  table: Table,
  wanted: readonly { readonly sequence: number }[],
): Promise<Numbered<R>[]> {
  if (wanted.length === 0) return [];
  const sequences = wanted.map(({ sequence }) => sequence);
  const rows = new Map(
    (await all(store, rowsStatement<R>(table, sequences))).map((row) => [row.sequence, row]),
  );
  return sequences.flatMap((sequence) => rows.get(sequence) ?? []);
}
