/** What an operation changes of a resource, for the audit: so that a past day can be explained. */
import { canonicalJson } from "../../model/canonical.ts";
import type { JsonObject } from "../../scim/json.ts";
import type { WrittenDifference } from "./outcome.ts";

/** The attributes that differ, before and after; what is the same on both sides is left out. */
export function differenceOf(before: JsonObject, after: JsonObject): WrittenDifference {
  const difference: { before: JsonObject; after: JsonObject } = { before: {}, after: {} };
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[name], after[name]];
    if (was !== undefined && is !== undefined && canonicalJson(was) === canonicalJson(is)) continue;
    if (was !== undefined) difference.before[name] = was;
    if (is !== undefined) difference.after[name] = is;
  }
  return difference;
}
