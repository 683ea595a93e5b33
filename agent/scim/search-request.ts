/** What a list is asked for: in the query of a GET, or in the body of a search (RFC 7644, sections 3.4.2 and 3.4.3). */
import { z } from "zod";
import { fail, ok } from "../../model/result.ts";
import { type ScimResult, scimError } from "../../scim/error.ts";
import { getIgnoringCase, type JsonObject } from "../../scim/json.ts";
import { envelopeProblem } from "../../scim/resource.ts";
import type { Query } from "./call.ts";

/** The number that a text says, as far as numbers are exact: what lies behind is as good as the last that is. */
function wholeOf(value: string | number): number | undefined {
  const number =
    typeof value === "number" ? value : /^ *[+-]?\d+ *$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isInteger(number)) return undefined;
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(number, Number.MAX_SAFE_INTEGER));
}

const wholeNumber = z.union([z.string(), z.number()]).transform((value, context) => {
  const whole = wholeOf(value);
  if (whole !== undefined) return whole;
  context.addIssue({ code: "custom", message: "expected a whole number" });
  return z.NEVER;
});

const searchRequest = z
  .object({
    filter: z.string(),
    sortBy: z.string(),
    sortOrder: z.string(),
    startIndex: wholeNumber,
    count: wholeNumber,
    cursor: z.string(),
    attributes: z.array(z.string()),
    excludedAttributes: z.array(z.string()),
  })
  .partial();

/** A request for a list, its types checked and nothing more. */
export type SearchRequest = Readonly<z.infer<typeof searchRequest>>;

const urn = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/**
 * Reads the query of a GET. A number without a text is absent.
 *
 * @returns `invalidValue` for a number that is none, and `invalidCount` for such a `count` beside a cursor (RFC 9865, section 2.1)
 */
export function readQuery(query: Query): ScimResult<SearchRequest> {
  const { startIndex, count, attributes, excludedAttributes, ...texts } = query;
  return read({
    ...texts,
    startIndex: startIndex || undefined,
    count: count || undefined,
    attributes: attributes?.split(","),
    excludedAttributes: excludedAttributes?.split(","),
  });
}

/**
 * Reads the body of a search. Attribute names are case-insensitive, null is absent.
 *
 * @returns `invalidSyntax` when it is no SearchRequest, else as `readQuery`
 */
export function readSearchRequest(body: JsonObject): ScimResult<SearchRequest> {
  const wrong = envelopeProblem(body, urn);
  if (wrong) return fail(wrong);
  const names = Object.keys(searchRequest.shape);
  const given = Object.fromEntries(names.map((name) => [name, getIgnoringCase(body, name) ?? undefined]));
  return read(given);
}

function read(given: Readonly<Record<string, unknown>>): ScimResult<SearchRequest> {
  const parsed = searchRequest.safeParse(given);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0]);
  const code = name === "count" && given.cursor !== undefined ? "invalidCount" : "invalidValue";
  return fail(scimError(code, `${issue?.path.join(".")}: ${issue?.message}`));
}
