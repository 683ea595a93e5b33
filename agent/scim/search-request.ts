/** What a list is asked for: in the query of a GET, or in the body of a search (RFC 7644, sections 3.4.2 and 3.4.3). */
import { z } from "zod";
import { fail, ok } from "../../model/result.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import { getIgnoringCase, type JsonObject } from "../../scim/json.ts";
import { envelopeProblem } from "../../scim/resource.ts";
import type { Query } from "./call.ts";

const searchRequest = z
  .object({
    filter: z.string(),
    sortBy: z.string(),
    sortOrder: z.string(),
    startIndex: z.int(),
    count: z.int(),
    cursor: z.string(),
    attributes: z.array(z.string()),
    excludedAttributes: z.array(z.string()),
  })
  .partial();

/** A request for a list, its types checked and nothing more. */
export type SearchRequest = Readonly<z.infer<typeof searchRequest>>;

const urn = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/**
 * Reads the query of a GET. Numbers that are none are taken as absent.
 *
 * @returns `invalidCount` for such a `count` beside a cursor (RFC 9865, section 2.1)
 */
export function readQuery(query: Query): ScimResult<SearchRequest> {
  const { startIndex, count, attributes, excludedAttributes, ...texts } = query;
  const numbers = { startIndex: whole(startIndex), count: whole(count) };
  if (query.cursor !== undefined && count !== undefined && numbers.count === undefined)
    return fail(scimError("invalidCount", "count: expected a whole number"));
  return ok(
    searchRequest.parse({
      ...texts,
      ...numbers,
      attributes: attributes?.split(","),
      excludedAttributes: excludedAttributes?.split(","),
    }),
  );
}

/**
 * Reads the body of a search. Attribute names are case-insensitive, null is absent.
 *
 * @returns `invalidSyntax` when it is no SearchRequest, `invalidValue` for a value of another type
 */
export function readSearchRequest(body: JsonObject): ScimResult<SearchRequest> {
  const wrong = envelopeProblem(body, urn);
  if (wrong) return fail(wrong);
  const names = Object.keys(searchRequest.shape);
  const given = Object.fromEntries(names.map((name) => [name, getIgnoringCase(body, name) ?? undefined]));
  const parsed = searchRequest.safeParse(given);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return fail(scimError("invalidValue", `${issue?.path.join(".")}: ${issue?.message}`));
}

function whole(text: string | undefined): number | undefined {
  const number = Number(text || Number.NaN);
  return Number.isSafeInteger(number) ? number : undefined;
}
