/** Filters bound to a schema: every name is an attribute in its place, every value is of its type. */

import { fail, ok } from "../../model/result.ts";
import {
  type AttributeName,
  type AttributeNode,
  childOf,
  findAttribute,
  findInExtensions,
  type ResourceNode,
} from "../attribute.ts";
import { quote, type ScimResult, scimError } from "../error.ts";
import { readOperand, type Scalar } from "./compare.ts";
import type { Comparison, Filter } from "./parse.ts";

/** The attributes on the way from an object to a value in it, such as `name`, `familyName`. */
export type AttributePlace = readonly AttributeNode[];

/** A filter that can be evaluated. */
export type Condition =
  | { readonly op: "and" | "or"; readonly conditions: readonly Condition[] }
  | { readonly op: "not"; readonly condition: Condition }
  | { readonly op: "pr"; readonly place: AttributePlace }
  | { readonly op: Comparison; readonly place: AttributePlace; readonly wanted: Scalar }
  /** One value of a multi-valued attribute meets the condition, whose places begin at that value. */
  | { readonly op: "[]"; readonly place: AttributePlace; readonly condition: Condition };

/** The last attribute of a place: the one whose value is meant. */
export function targetOf(place: AttributePlace): AttributeNode {
  const target = place.at(-1);
  if (!target) throw new Error("a place has one attribute at least");
  return target;
}

/** Conditions that all resources meet, and none. */
const always: Condition = { op: "and", conditions: [] };
const never: Condition = { op: "or", conditions: [] };

/**
 * Binds the filter of a list to a resource type. Names are found as in attribute notation (RFC 7644, section 3.10),
 * and those that only one extension has without its URN too.
 *
 * @param others further types of the same list: an attribute that only those have is one without a value here (RFC 7644,
 *   section 3.4.2.1)
 * @returns `invalidFilter` for an attribute that no schema knows or that nobody may read, or a comparison that its
 *   type does not have
 */
export function bindFilter(
  root: ResourceNode,
  filter: Filter,
  others: readonly ResourceNode[] = [],
): ScimResult<Condition> {
  return bind(
    {
      find(name) {
        const place = findPlace(root, name);
        if (!place && others.some((other) => findPlace(other, name))) return ok(null);
        if (!place) return invalid(`${root.name} has no attribute ${quote(name)}`);
        return place.some(({ returned }) => returned === "never")
          ? invalid(`${targetOf(place).path} is never shown, and no filter may ask for it`)
          : ok(place);
      },
      elements(place) {
        const node = targetOf(place);
        return node.multiValued && node.type === "complex"
          ? ok(node)
          : invalid(`${node.path} has no values to choose from by a filter`);
      },
    },
    filter,
  );
}

/** Binds a filter to the sub-attributes of a multi-valued attribute; as `bindFilter`. */
export function bindElementFilter(node: AttributeNode, filter: Filter): ScimResult<Condition> {
  return bind(
    {
      find(name) {
        const sub = childOf(node, name);
        return sub ? ok([sub]) : invalid(`${node.path} has no sub-attribute ${quote(name)}`);
      },
      elements: () => invalid(`a filter on ${node.path} cannot hold another value path`),
    },
    filter,
  );
}

/** The place that a name means; undefined when no schema has it. */
export function findPlace(root: ResourceNode, name: string): AttributePlace | undefined {
  const found = findAttribute(root, name) ?? findInExtensions(root, name);
  return found && placeOf(found);
}

/**
 * The place of the value that is compared: a complex attribute alone means its `value`, as in `emails co "@x.example"`.
 * Undefined where it has none.
 */
export function comparedPlace(place: AttributePlace): AttributePlace | undefined {
  const node = targetOf(place);
  if (node.type !== "complex") return place;
  const value = childOf(node, "value");
  return value && [...place, value];
}

/** How many comparisons a filter has. */
export function comparisonsIn(filter: Filter): number {
  if ("filters" in filter) return filter.filters.reduce((sum, operand) => sum + comparisonsIn(operand), 0);
  return "filter" in filter ? comparisonsIn(filter.filter) : 1;
}

/** All places of a condition, from the resource on. */
export function placesIn(condition: Condition): AttributePlace[] {
  if ("conditions" in condition) return condition.conditions.flatMap(placesIn);
  if (condition.op === "not") return placesIn(condition.condition);
  if (condition.op !== "[]") return [condition.place];
  return placesIn(condition.condition).map((inner) => [...condition.place, ...inner]);
}

/** What names mean where a filter stands. */
interface Scope {
  /** The place that a name means; null where nothing of this type ever has a value there. */
  find(name: string): ScimResult<AttributePlace | null>;
  /** The attribute whose values a value path chooses from. */
  elements(place: AttributePlace): ScimResult<AttributeNode>;
}

const invalid = (detail: string) => fail(scimError("invalidFilter", detail));

function bind(scope: Scope, filter: Filter): ScimResult<Condition> {
  switch (filter.op) {
    case "and":
    case "or": {
      const conditions: Condition[] = [];
      for (const operand of filter.filters) {
        const condition = bind(scope, operand);
        if (!condition.ok) return condition;
        conditions.push(condition.value);
      }
      return ok({ op: filter.op, conditions });
    }
    case "not": {
      const condition = bind(scope, filter.filter);
      return condition.ok ? ok({ op: "not", condition: condition.value }) : condition;
    }
  }
  const place = scope.find(filter.attribute);
  if (!place.ok) return place;
  if (place.value === null) return ok(onNothing(filter));
  if (filter.op === "[]") {
    const node = scope.elements(place.value);
    if (!node.ok) return node;
    const condition = bindElementFilter(node.value, filter.filter);
    return condition.ok ? ok({ op: "[]", place: place.value, condition: condition.value }) : condition;
  }
  if (filter.op === "pr") return ok({ op: "pr", place: place.value });
  const compared = comparedPlace(place.value);
  if (!compared)
    return invalid(
      `${targetOf(place.value).path} has no value of its own: compare one of its sub-attributes`,
    );
  const node = targetOf(compared);
  if (filter.value === null) {
    const present = { op: "pr", place: compared } as const;
    if (filter.op === "ne") return ok(present);
    return filter.op === "eq"
      ? ok({ op: "not", condition: present })
      : invalid(`${node.path} cannot be compared with null by ${filter.op}`);
  }
  const wanted = readOperand(node, filter.op, filter.value);
  return wanted.ok ? ok({ op: filter.op, place: compared, wanted: wanted.value }) : wanted;
}

/** A filter on what has no value: as where a resource has none (see evaluate.ts). */
function onNothing(filter: Exclude<Filter, { readonly op: "and" | "or" | "not" }>): Condition {
  if (filter.op === "[]" || filter.op === "pr") return never;
  return (filter.op === "ne") === (filter.value !== null) ? always : never;
}

function placeOf({ extension, attribute, sub }: AttributeName): AttributePlace {
  return [...(extension ? [extension] : []), attribute, ...(sub ? [sub] : [])];
}
