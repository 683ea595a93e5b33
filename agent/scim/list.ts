/** The list of a resource type: filtered, sorted, and page by page (RFC 7644, section 3.4.2; RFC 9865). */

import { fail, ok } from "../../model/result.ts";
import { nodeOf } from "../../scim/attribute.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import { placesIn } from "../../scim/filter/condition.ts";
import { listFilter } from "../../scim/filter/list-filter.ts";
import { parseBody } from "../../scim/json.ts";
import { projection } from "../../scim/projection.ts";
import { readCursor, writeCursor } from "../directory/lists/cursor.ts";
import { orderOf } from "../directory/lists/order.ts";
import type { Rows } from "../directory/lists/page.ts";
import { type Plan, planOf } from "../directory/lists/plan.ts";
import { readRows } from "../directory/lists/rows.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import { dialectOf } from "../store/dialect.ts";
import { type Answer, type Call, wantedOf } from "./call.ts";
import type { Resource } from "./resources.ts";
import { readQuery, readSearchRequest, type SearchRequest } from "./search-request.ts";
import { show } from "./show.ts";
import { type ListPlace, pageAnswer, type ShownResource, showPage } from "./show-page.ts";

/** The largest body of a search, in bytes. */
export const maxSearchBytes = 64 * 1024;

/** How many resources are looked at before others have their turn; fewer where each has memberships to be read. */
const portion = { alone: 500, withMemberships: 10 };

/** Answers GET of resources of one type. */
export async function list<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  place: ListPlace,
  call: Pick<Call, "connector" | "query">,
): Promise<ScimResult<Answer>> {
  const request = readQuery(call.query);
  return request.ok ? answer(resource, place, call, request.value) : request;
}

/** Answers POST to `.search` below a resource type (RFC 7644, section 3.4.3). */
export async function search<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  place: ListPlace,
  call: Pick<Call, "connector" | "body">,
): Promise<ScimResult<Answer>> {
  const request = readSearch(call);
  return request.ok ? answer(resource, place, call, request.value) : request;
}

/** Reads the body of a search. */
export function readSearch({ body }: Pick<Call, "body">): ScimResult<SearchRequest> {
  const parsed = parseBody(body ?? "", maxSearchBytes);
  return parsed.ok ? readSearchRequest(parsed.value) : parsed;
}

async function answer<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  place: ListPlace,
  { connector }: Pick<Call, "connector">,
  request: SearchRequest,
): Promise<ScimResult<Answer>> {
  const query = [connector.name, resource.kind, request.filter, request.sortBy, request.sortOrder];
  const page = pageOf(query, request, connector.pageSize);
  if (!page.ok) return page;
  const found = await readPage(resource, { ...place, connector, request, page: page.value });
  if (!found.ok) return found;
  const { resources, total, next } = found.value;
  const { from } = page.value;
  return ok(
    pageAnswer(
      resources,
      total,
      "offset" in from ? { startIndex: from.offset + 1 } : { nextCursor: next && writeCursor(query, next) },
    ),
  );
}

/** Which part of a list is read. */
type PageOfList = Pick<Parameters<typeof readRows>[1], "count" | "from">;

/** What is asked for of one resource type. */
export interface PageRequest extends ListPlace {
  readonly connector: Call["connector"];
  readonly request: SearchRequest;
  readonly page: PageOfList;
  /** Further types of the same list. */
  readonly others?: readonly ("user" | "group")[];
}

/** The resources of a page, and how many there are in all. */
export interface ResourcePage extends Pick<Rows<unknown>, "total" | "next"> {
  readonly resources: readonly ShownResource[];
}

/** Reads a page of the resources of one type. */
export async function readPage<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  { reads, largeGroups, connector, request, page, others = [] }: PageRequest,
): Promise<ScimResult<ResourcePage>> {
  const { kind, table, relation } = resource;
  const { filter, sortBy, sortOrder } = request;
  const type = connector.types[kind];
  const wanted = wantedOf(resource, { connector, query: request });
  if (!wanted.ok) return wanted;
  const condition =
    filter === undefined
      ? undefined
      : listFilter(
          type,
          filter,
          others.map((other) => connector.types[other]),
        );
  if (condition && !condition.ok) return condition;
  const order = orderOf(nodeOf(type), table, sortBy, sortOrder);
  if (!order.ok) return order;

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
    ...page,
    show: (rows) => show(resource, reads, rows, { connector }, judged),
    portion: looked.some(({ name }) => name === relation) ? portion.withMemberships : portion.alone,
  });
  if (!found.ok) return found;
  const { rows, total, next } = found.value;
  const resources = await showPage(resource, { reads, largeGroups }, rows, { connector }, wanted.value);
  return ok({ resources, total, ...(next && { next }) });
}

/**
 * The page that is asked for, never larger than `pageSize`: by its place in the list (RFC 7644, section 3.4.2.4) or by a
 * cursor (RFC 9865, section 2). Odd numbers mean the nearest that makes sense: below 0 is 0, which asks for the total alone.
 */
function pageOf(
  query: readonly unknown[],
  { startIndex, count, cursor }: SearchRequest,
  pageSize: number,
): ScimResult<PageOfList> {
  const size = Math.max(0, Math.min(count ?? pageSize, pageSize));
  if (cursor === undefined) return ok({ count: size, from: { offset: Math.max(1, startIndex ?? 1) - 1 } });
  if (startIndex !== undefined)
    return fail(scimError("invalidValue", "cursor and startIndex cannot be given together"));
  const read = readCursor(query, cursor);
  return read.ok ? ok({ count: size, from: { cursor: read.value } }) : read;
}
