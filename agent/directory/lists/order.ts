/** The order of a list (RFC 7644, section 3.4.2.3). */

import { fail, ok } from "../../../model/result.ts";
import type { ResourceNode } from "../../../scim/attribute.ts";
import { quote, type ScimResult, scimError } from "../../../scim/error.ts";
import { comparable, order } from "../../../scim/filter/compare.ts";
import { type AttributePlace, comparedPlace, findPlace, targetOf } from "../../../scim/filter/condition.ts";
import { isObject, type Json, type JsonObject } from "../../../scim/json.ts";
import { isPrimary } from "../../../scim/value.ts";
import type { Column, Table } from "./table.ts";

/** What a resource is sorted by; null where it has no value. Text is folded, a time is a Time. */
export type SortKey = string | number | null;

/** Equal ones stand in the order in which they were made. Descending is the exact reverse of ascending. */
export interface Order {
  readonly isDescending: boolean;
  /** The column that has the keys; absent where they are in the resource alone. */
  readonly column?: Column;
  /** Where the keys are; absent where resources stand in the order in which they were made. */
  readonly place?: AttributePlace;
}

/** A place in an order: behind the resource with this key and sequence number. */
export interface ListPosition {
  readonly key: SortKey;
  readonly sequence: number;
}

/** Keys in the agent's memory are cut to this many characters: there may be one for each resource. */
export const longestKey = 256;

/**
 * Reads `sortBy` and `sortOrder`. A complex attribute means its `value`, and one with many values its primary or else
 * first one.
 *
 * @returns `invalidValue` for what no schema knows, nobody may read, or has no order; the RFC names no other scimType
 */
export function orderOf(
  root: ResourceNode,
  table: Table,
  sortBy: string | undefined,
  sortOrder: string | undefined,
): ScimResult<Order> {
  const direction = sortOrder?.toLowerCase() ?? "ascending";
  if (direction !== "ascending" && direction !== "descending")
    return invalid(`sortOrder: expected ascending or descending, found ${quote(direction)}`);
  if (sortBy === undefined) return ok({ isDescending: false });
  const named = findPlace(root, sortBy);
  if (!named || named.some(({ returned }) => returned === "never"))
    return invalid(`sortBy: ${root.name} has no attribute ${quote(sortBy)} to sort by`);
  const place = comparedPlace(named);
  if (!place)
    return invalid(`sortBy: ${targetOf(named).path} has no value of its own: name one of its sub-attributes`);
  const column = table.columns.get(targetOf(place).path);
  return ok({ isDescending: direction === "descending", place, ...(column && { column }) });
}

/** The key of a resource as it is shown. */
export function sortKeyAt(place: AttributePlace, resource: JsonObject): SortKey {
  let value: Json | undefined = resource;
  for (const { name } of place) {
    const one: Json | undefined = preferred(value);
    value = isObject(one) && Object.hasOwn(one, name) ? one[name] : undefined;
  }
  const key = comparable(targetOf(place), preferred(value));
  if (typeof key === "boolean") return Number(key);
  return typeof key === "string" ? key.slice(0, longestKey) : (key ?? null);
}

/** Compares two positions; what has no value comes last in ascending order. */
export function comparePositions(left: ListPosition, right: ListPosition, { isDescending }: Order): number {
  const ascending = compareKeys(left.key, right.key) || left.sequence - right.sequence;
  return isDescending ? -ascending : ascending;
}

function compareKeys(left: SortKey, right: SortKey): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return order(left, right);
}

function preferred(value: Json | undefined): Json | undefined {
  return Array.isArray(value) ? (value.find(isPrimary) ?? value[0]) : value;
}

const invalid = (detail: string) => fail(scimError("invalidValue", detail));
