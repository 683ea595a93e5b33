/** The list of a resource type: filtered, sorted, and page by page (RFC 7644, section 3.4.2; RFC 9865). */

import { fail, ok } from "../../model/result.ts";
import { nodeOf } from "../../scim/attribute.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import { placesIn } from "../../scim/filter/condition.ts";
import { listFilter } from "../../scim/filter/list-filter.ts";
import { parseBody } from "../../scim/json.ts";
import { projection } from "../../scim/projection.ts";
import { listResponse } from "../../scim/representation.ts";
import { readCursor, writeCursor } from "../directory/lists/cursor.ts";
import { orderOf } from "../directory/lists/order.ts";
import { type Plan, planOf } from "../directory/lists/plan.ts";
import { readRows } from "../directory/lists/rows.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import { dialectOf } from "../store/dialect.ts";
import type { Store } from "../store/schema.ts";
import { type Answer, type Call, wantedOf } from "./call.ts";
import type { Resource } from "./resources.ts";
import { readQuery, readSearchRequest, type SearchRequest } from "./search-request.ts";
import { show } from "./show.ts";

/** The largest body of a search, in bytes. */
export const maxSearchBytes = 64 * 1024;

/** How many resources are looked at before others have their turn; fewer where each has memberships to be read. */
const portion = { alone: 500, withMemberships: 10 };

/** Answers GET of resources of one type. */
export async function list<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  reads: Store,
  call: Pick<Call, "connector" | "query">,
): Promise<ScimResult<Answer>> {
  const request = readQuery(call.query);
  return request.ok ? answer(resource, reads, call, request.value) : request;
}

/** Answers POST to `.search` below a resource type (RFC 7644, section 3.4.3). */
export async function search<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  reads: Store,
  call: Pick<Call, "connector" | "body">,
): Promise<ScimResult<Answer>> {
  const body = parseBody(call.body ?? "", maxSearchBytes);
  if (!body.ok) return body;
  const request = readSearchRequest(body.value);
  return request.ok ? answer(resource, reads, call, request.value) : request;
}

async function answer<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  reads: Store,
  { connector }: Pick<Call, "connector">,
  request: SearchRequest,
): Promise<ScimResult<Answer>> {
  const { kind, table, relation } = resource;
  const { filter, sortBy, sortOrder } = request;
  const type = connector.types[kind];
  const wanted = wantedOf(resource, { connector, query: request });
  if (!wanted.ok) return wanted;
  const condition = filter === undefined ? undefined : listFilter(type, filter);
  if (condition && !condition.ok) return condition;
  const order = orderOf(nodeOf(type), table, sortBy, sortOrder);
  if (!order.ok) return order;
  const query = [connector.name, kind, filter, sortBy, sortOrder];
  const page = pageOf(query, request, connector.pageSize);
  if (!page.ok) return page;

  const plan: Plan = condition ? planOf(dialectOf(reads), table, condition.value) : {};
  const { residual } = plan;
  const places = [
    ...(residual ? placesIn(residual) : []),
    ...(order.value.place && !order.value.column ? [order.value.place] : []),
  ];
  // no more is made of a resource than what is looked at
  const looked = places.flatMap(([first]) => first ?? []);
  const judged = projection(type, { attributes: looked.map(({ path }) => path) });
  const found = await readRows<R>(reads, {
    ...{ table, connector: connector.name, plan, order: order.value },
    ...page.value,
    show: (rows) => show(resource, reads, rows, { connector }, judged),
    portion: looked.some(({ name }) => name === relation) ? portion.withMemberships : portion.alone,
  });
  if (!found.ok) return found;
  const { rows, total, next } = found.value;
  const resources = await show(resource, reads, rows, { connector }, wanted.value);
  const { from } = page.value;
  if ("offset" in from) return ok({ status: 200, body: listResponse(resources, total, from.offset + 1) });
  const { startIndex: _, ...body } = listResponse(resources, total, 1);
  return ok({ status: 200, body: next ? { ...body, nextCursor: writeCursor(query, next) } : body });
}

/**
 * The page that is asked for, never larger than `pageSize`: by its place in the list (RFC 7644, section 3.4.2.4) or by a
 * cursor (RFC 9865, section 2). Odd numbers mean the nearest that makes sense: below 0 is 0, which asks for the total alone.
 */
function pageOf(
  query: readonly unknown[],
  { startIndex, count, cursor }: SearchRequest,
  pageSize: number,
): ScimResult<Pick<Parameters<typeof readRows>[1], "count" | "from">> {
  const size = Math.max(0, Math.min(count ?? pageSize, pageSize));
  if (cursor === undefined) return ok({ count: size, from: { offset: Math.max(1, startIndex ?? 1) - 1 } });
  if (startIndex !== undefined)
    return fail(scimError("invalidValue", "cursor and startIndex cannot be given together"));
  const read = readCursor(query, cursor);
  return read.ok ? ok({ count: size, from: { cursor: read.value } }) : read;
}
