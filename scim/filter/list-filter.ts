/** The filter of a list (RFC 7644, section 3.4.2.2). */

import { fail } from "../../model/result.ts";
import type { ResourceType } from "../../model/scim/schema.ts";
import { nodeOf } from "../attribute.ts";
import { type ScimResult, scimError } from "../error.ts";
import { bindFilter, type Condition, comparisonsIn } from "./condition.ts";
import { parseFilter } from "./parse.ts";

/** The most comparisons in the filter of a list, each made with every resource; real ones have one, or two. */
export const maxListComparisons = 64;

/**
 * Reads the `filter` of a list.
 *
 * @param others further types of the same list
 * @returns `invalidFilter` where it is no filter, or asks for what the schema does not know or its types do not have
 */
export function listFilter(
  type: ResourceType,
  text: string,
  others: readonly ResourceType[] = [],
): ScimResult<Condition> {
  const parsed = parseFilter(text);
  if (!parsed.ok) return parsed;
  const comparisons = comparisonsIn(parsed.value);
  if (comparisons > maxListComparisons)
    return fail(
      scimError(
        "invalidFilter",
        `a filter may have ${maxListComparisons} comparisons; this one has ${comparisons}`,
      ),
    );
  return bindFilter(nodeOf(type), parsed.value, others.map(nodeOf));
}
