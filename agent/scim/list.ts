/** The list of a resource type: filtered, sorted, and page by page (RFC 7644, section 3.4.2). */
import type { Store } from "../store/schema.ts";
import { type Answer, type Call, wantedOf } from "./call.ts";
import { listFilter } from "./filter.ts";
import { listResponse } from "./representation.ts";
import type { GroupRow, Resource, UserRow } from "./resources.ts";
import { ok, type Result } from "./result.ts";
import { show } from "./show.ts";

/** Answers a query for resources of one type. */
export async function list<R extends UserRow | GroupRow>(
  resource: Resource<R>,
  reads: Store,
  call: Pick<Call, "connector" | "query">,
): Promise<Result<Answer>> {
  const { query, connector } = call;
  const filter =
    query.filter === undefined ? undefined : listFilter(connector.types[resource.kind], query.filter);
  if (filter && !filter.ok) return filter;
  const wanted = wantedOf(resource, call);
  if (!wanted.ok) return wanted;
  const startIndex = Math.max(1, whole(query.startIndex, 1));
  const count = Math.min(Math.max(0, whole(query.count, connector.pageSize)), connector.pageSize);
  const page = await resource.list(reads, connector.name, { filter: filter?.value, startIndex, count });
  const resources = await show(resource, reads, page.rows, call, wanted.value);
  return ok({ status: 200, body: listResponse(resources, page.total, startIndex) });
}

function whole(value: string | undefined, fallback: number): number {
  const number = Number(value ?? fallback);
  return Number.isSafeInteger(number) ? number : fallback;
}
