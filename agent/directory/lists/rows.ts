/** The rows of a page: read by SQL alone where it answers everything, else by walking over what it leaves. */
import { setImmediate } from "node:timers/promises";
import type { RawBuilder } from "kysely";
import { fail, ok } from "../../../model/result.ts";
import { type ScimResult, scimError } from "../../../scim/error.ts";
import { testOf } from "../../../scim/filter/evaluate.ts";
import type { JsonObject } from "../../../scim/json.ts";
import { dialectOf } from "../../store/dialect.ts";
import type { Store } from "../../store/schema.ts";
import type { Cursor } from "./cursor.ts";
import { comparePositions, type ListPosition, type Order, sortKeyAt } from "./order.ts";
import { listPositionOf, Page, type Rows, type Shown } from "./page.ts";
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

/** How many rows of a page are read at once. */
const partSize = 100;

/** How many rows are looked at first, and how much JSON at once, in characters: then more, or fewer. */
const firstPortion = 50;
const largestPortion = 2 * 1024 * 1024;

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
  /** How many rows are shown at a time, at most. */
  readonly portion: number;
}

/**
 * Reads a page.
 *
 * @returns `tooMany` where more resources than `mostExamined` would have to be looked at one by one
 */
export async function readRows<R extends Shown>(
  store: Store,
  request: RowsRequest<R>,
): Promise<ScimResult<Rows<R>>> {
  const { order, plan } = request;
  if (order.place && !order.column) return sorted(store, request);
  return plan.residual ? walked(store, request) : selected(store, request);
}

const selectionOf = <R>(store: Store, { table, connector, plan }: RowsRequest<R>): Selection => ({
  dialect: dialectOf(store),
  table,
  connector,
  ...plan,
});

async function all<T>(store: Store, statement: RawBuilder<T>): Promise<T[]> {
  return (await statement.execute(store)).rows;
}

/** SQL finds the rows and their order. */
async function selected<R extends Shown>(
  store: Store,
  request: RowsRequest<R>,
): Promise<ScimResult<Rows<R>>> {
  const { order, count, from } = request;
  const countAll = async () =>
    (await countStatement(selectionOf(store, request)).execute(store)).rows[0]?.total ?? 0;
  const page = new Page<R>(count);
  for await (const rows of inParts(store, request)) if (!rows.every((row) => page.add(row))) break;
  if ("cursor" in from) return ok(page.byCursor(from.cursor?.total ?? (await countAll()), order));
  const { rows, isCut } = page;
  const isLast = !isCut && rows.length < count && (rows.length > 0 || from.offset === 0);
  return ok({ rows, total: isLast ? from.offset + rows.length : await countAll() });
}

/** The rows of a page, and for a cursor the one behind it, a part at a time: a page may end before it is full. */
async function* inParts<R extends Shown>(
  store: Store,
  request: RowsRequest<R>,
): AsyncGenerator<readonly Numbered<R>[]> {
  const { order, count, from } = request;
  const selection = selectionOf(store, request);
  let position: ListPosition | undefined = "cursor" in from ? from.cursor : undefined;
  let left = "cursor" in from ? count + 1 : count;
  let isFirst = true;
  while (left > 0) {
    const limit = Math.min(left, partSize);
    const rows = await all(
      store,
      isFirst && "offset" in from
        ? pageStatement<R>(selection, order, limit, from.offset)
        : nextStatement<R>(selection, order, limit, position),
    );
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < limit) return;
    position = listPositionOf(last, order);
    left -= rows.length;
    isFirst = false;
  }
}

/** SQL gives the order, and some rows too many. */
async function walked<R extends Shown>(store: Store, request: RowsRequest<R>): Promise<ScimResult<Rows<R>>> {
  const { order, count, from } = request;
  const [offset, cursor] = "cursor" in from ? [0, from.cursor] : [from.offset, undefined];
  const page = new Page<R>(count);
  let total = 0;
  const examined = await walk(store, request, cursor, ({ row }) => {
    if (++total > offset) page.add(row);
    // behind the first page, nothing is counted again
    return cursor === undefined || !page.isCut;
  });
  if (!examined.ok) return examined;
  return ok("cursor" in from ? page.byCursor(cursor?.total ?? total, order) : { rows: page.rows, total });
}

/** The order is in the resources alone: all keys are sorted here, then the page is read. */
async function sorted<R extends Shown>(store: Store, request: RowsRequest<R>): Promise<ScimResult<Rows<R>>> {
  const { table, order, count, from } = request;
  const { place = [] } = order;
  const positions: ListPosition[] = [];
  const byCreation = { ...request, order: { isDescending: false } };
  const examined = await walk(store, byCreation, undefined, ({ row, resource }) => {
    positions.push({ key: sortKeyAt(place, resource), sequence: row.sequence });
    return true;
  });
  if (!examined.ok) return examined;
  positions.sort((left, right) => comparePositions(left, right, order));
  const { length } = positions;
  const cursor = "cursor" in from ? from.cursor : undefined;
  const wanted =
    "offset" in from
      ? positions.slice(from.offset, from.offset + count)
      : positions.filter((one) => !cursor || comparePositions(one, cursor, order) > 0).slice(0, count + 1);
  const page = new Page<R>(count);
  for (let i = 0; i < wanted.length && !page.isCut; i += partSize)
    for (const row of await rowsAt<R>(store, table, wanted.slice(i, i + partSize))) page.add(row);
  if ("offset" in from) return ok({ rows: page.rows, total: length });
  const keys = new Map(wanted.map(({ key, sequence }) => [sequence, key]));
  return ok(page.byCursor(cursor?.total ?? length, order, ({ sequence }) => keys.get(sequence) ?? null));
}

/** Visits the rows that meet the plan, in its order, until it is told to stop. Others have their turn in between. */
async function walk<R extends Shown>(
  store: Store,
  request: RowsRequest<R>,
  start: ListPosition | undefined,
  visit: (found: { readonly row: Numbered<R>; readonly resource: JsonObject }) => boolean,
): Promise<ScimResult<null>> {
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
async function* portions<R extends Shown>(
  store: Store,
  request: RowsRequest<R>,
  start: ListPosition | undefined,
): AsyncGenerator<readonly Numbered<R>[]> {
  const { table, order, plan, portion } = request;
  const selection = selectionOf(store, request);
  let size = Math.min(portion, firstPortion);
  const grow = (rows: readonly R[]) => {
    const length = rows.reduce((sum, { resource }) => sum + resource.length, 0);
    size = length * 2 > largestPortion ? Math.max(1, size >> 1) : Math.min(portion, size * 2);
  };
  if (plan.piece) {
    // what is found once is not looked for again with every portion
    const chosen = await all(store, candidatesStatement(selection, order, mostExamined + 1, start));
    for (let i = 0; i < chosen.length; ) {
      const some = chosen.slice(i, i + size);
      const rows = await rowsAt<R>(store, table, some);
      yield rows;
      i += some.length;
      grow(rows);
    }
    return;
  }
  for (let position = start; ; ) {
    const limit = size;
    const rows = await all(store, nextStatement<R>(selection, order, limit, position));
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < limit) return;
    position = listPositionOf(last, order);
    grow(rows);
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
    (await all(store, rowsStatement<R>(dialectOf(store), table, sequences))).map((row) => [
      row.sequence,
      row,
    ]),
  );
  return sequences.flatMap((sequence) => rows.get(sequence) ?? []);
}
