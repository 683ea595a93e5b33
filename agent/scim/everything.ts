/**
 * The list over all resource types of a connector: at the base URL, and at `.search` there (RFC 7644, sections 3.4.2.1 and
 * 3.4.3). Users come first. It has pages by place alone: two types have neither one order nor one cursor.
 */
import { fail, ok, type Result } from "../../model/result.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import type { GroupRow, UserRow } from "../directory/rows.ts";
import type { Writer } from "../operations/writer.ts";
import type { Answer, Call, Endpoint } from "./call.ts";
import { whereWhole } from "./copy.ts";
import { type PageRequest, type ResourcePage, readPage, readSearch } from "./list.ts";
import { type Rejected, scimRefusal } from "./refusal.ts";
import { groups, type Resource, users } from "./resources.ts";
import { readQuery, type SearchRequest } from "./search-request.ts";
import { type ListPlace, pageAnswer, type ShownResource } from "./show-page.ts";

/** The endpoints, by their path below the connector's base URL. */
export function everythingEndpoints({
  writer,
  ...place
}: ListPlace & { readonly writer: Writer }): readonly (readonly [string, Endpoint])[] {
  const whole = (read: (call: Call) => ScimResult<SearchRequest>) =>
    whereWhole(writer, async (call) => answer(place, call, read(call)));
  return [
    ["", { methods: { GET: whole(({ query }) => readQuery(query)) } }],
    [".search", { methods: { POST: whole(readSearch) } }],
  ];
}

const types = [typeOf(users), typeOf(groups)];

function typeOf<R extends UserRow | GroupRow>(resource: Resource<R>) {
  const { kind, allow } = resource;
  return { kind, allow, read: (request: PageRequest) => readPage(resource, request) };
}

async function answer(
  place: ListPlace,
  { connector, mayUse }: Call,
  read: ScimResult<SearchRequest>,
): Promise<Result<Answer, Rejected>> {
  if (!read.ok) return read;
  const request = read.value;
  for (const name of ["sortBy", "cursor"] as const)
    if (request[name] !== undefined)
      return fail(
        scimError(
          "invalidValue",
          `${name}: not over several resource types (expected it at /Users or /Groups)`,
        ),
      );
  const served = types.filter(({ allow }) => mayUse(allow));
  if (served.length === 0) return fail(scimRefusal(403, "this token may neither use users nor groups"));

  const { pageSize } = connector;
  const size = Math.max(0, Math.min(request.count ?? pageSize, pageSize));
  const start = Math.max(1, request.startIndex ?? 1);
  const resources: ShownResource[] = [];
  let total = 0;
  let isCut = false;
  for (const resource of served) {
    const others = served.map(({ kind }) => kind).filter((kind) => kind !== resource.kind);
    const offset = Math.max(0, start - 1 - total);
    const count: number = isCut ? 0 : size - resources.length;
    const page: ScimResult<ResourcePage> = await resource.read({
      ...{ ...place, connector, request, others },
      page: { count, from: { offset } },
    });
    if (!page.ok) return page;
    resources.push(...page.value.resources);
    total += page.value.total;
    // a page may end before it is full, and the next one goes on there
    isCut ||= page.value.resources.length < Math.min(count, page.value.total - offset);
  }
  return ok(pageAnswer(resources, total, { startIndex: start }));
}
