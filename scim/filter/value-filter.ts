/** Filters on the values of one multi-valued attribute, as in `emails[type eq "work"]` (RFC 7644, section 3.5.2). */

import { fail, ok } from "../../model/result.ts";
import { type AttributeNode, childOf } from "../attribute.ts";
import { type ScimResult, scimError } from "../error.ts";
import { isObject, type Json, type JsonObject } from "../json.ts";
import { Findings, read } from "../value.ts";
import { bindElementFilter, comparisonsIn } from "./condition.ts";
import { testOf } from "./evaluate.ts";
import type { Filter } from "./parse.ts";

/** A filter that has been checked against the schema. */
export interface ValueFilter {
  /** Whether the filter selects the element. */
  readonly matches: (element: Json) => boolean;
  /** How many comparisons that takes at most. */
  readonly comparisons: number;
  /**
   * The element that the filter describes, when it is made of `eq` joined by `and`: what a client means that
   * replaces the value of `emails[type eq "work"]` where there is no such element yet. Else undefined.
   */
  readonly described: JsonObject | undefined;
  /** The elements that the filter describes so, joined by `or`: one of them where it is `described`, none where it says anything else. */
  readonly alternatives: readonly JsonObject[];
}

/** The most comparisons in one filter; real ones have one, or two. */
export const maxValueComparisons = 8;

/** The same of one on `members`, which is never evaluated for each member. */
const maxMemberComparisons = 100;

/**
 * Checks a filter against the sub-attributes of a multi-valued attribute.
 *
 * @returns `invalidFilter` for a sub-attribute that no schema knows, or a comparison that its type does not have
 */
export function bindValueFilter(node: AttributeNode, filter: Filter): ScimResult<ValueFilter> {
  const comparisons = comparisonsIn(filter);
  const most = node.path === "members" ? maxMemberComparisons : maxValueComparisons;
  if (comparisons > most) {
    return fail(
      scimError(
        "invalidFilter",
        `a filter on ${node.path} may have ${most} comparisons; this one has ${comparisons}`,
      ),
    );
  }
  const isPlain = node.type !== "complex";
  const elements = isPlain ? plainElements(node) : node;
  const condition = bindElementFilter(elements, filter);
  if (!condition.ok) return condition;
  const matches = testOf(condition.value);
  const alternatives = describeElements(elements, filter);
  return ok({
    comparisons,
    matches: (element) => (isPlain ? matches({ value: element }) : isObject(element) && matches(element)),
    described: alternatives.length === 1 ? alternatives[0] : undefined,
    alternatives,
  });
}

/** The elements that a filter describes; none when it says anything else. */
function describeElements(node: AttributeNode, filter: Filter): JsonObject[] {
  if (filter.op === "or") {
    const parts = filter.filters.map((part) => describeElements(node, part));
    return parts.every((part) => part.length > 0) ? parts.flat() : [];
  }
  const element: JsonObject = {};
  return describeElement(node, filter, element) ? [element] : [];
}

/** Collects the `eq` terms; false when the filter says anything else, or says two things of one sub-attribute. */
function describeElement(node: AttributeNode, filter: Filter, element: JsonObject): boolean {
  if (filter.op === "and") return filter.filters.every((term) => describeElement(node, term, element));
  if (filter.op !== "eq") return false;
  const sub = childOf(node, filter.attribute);
  const value = sub && filter.value !== null ? read(sub, filter.value, new Findings()) : undefined;
  if (!sub || value === undefined || Object.hasOwn(element, sub.name)) return false;
  element[sub.name] = value;
  return true;
}

/** Plain values as elements, each with its `value` (RFC 7643, section 2.4). */
function plainElements(node: AttributeNode): AttributeNode {
  const value = { ...node, name: "value", path: `${node.path}.value`, multiValued: false };
  return { ...node, type: "complex", children: new Map([["value", value]]) };
}
