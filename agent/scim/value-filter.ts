/** Filters on the values of one multi-valued attribute, as in `emails[type eq "work"]` (RFC 7644, section 3.5.2). */
import { type AttributeNode, childOf } from "./attribute.ts";
import { scimError } from "./error.ts";
import type { Comparison, Filter } from "./filter-parser.ts";
import { isObject, type Json, type JsonObject, quote } from "./json.ts";
import { fail, ok, type Result } from "./result.ts";
import { Findings, fold, read } from "./value.ts";

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
}

/** The most comparisons in one filter; real ones have one, or two. */
const maxComparisons = 8;

/**
 * Checks a filter against the sub-attributes of a multi-valued attribute.
 *
 * @returns `invalidFilter` for a sub-attribute that no schema knows, or a comparison that its type does not have
 */
export function bindValueFilter(node: AttributeNode, filter: Filter): Result<ValueFilter> {
  const comparisons = count(filter);
  if (comparisons > maxComparisons) {
    return invalid(
      `a filter on ${node.path} may have ${maxComparisons} comparisons; this one has ${comparisons}`,
    );
  }
  const matches = bind(node, filter);
  if (!matches.ok) return matches;
  const described: JsonObject = {};
  const isDescription = describeElement(node, filter, described);
  return ok({
    comparisons,
    matches: (element) => isObject(element) && matches.value(element),
    described: isDescription ? described : undefined,
  });
}

function count(filter: Filter): number {
  if ("filters" in filter) return filter.filters.reduce((sum, operand) => sum + count(operand), 0);
  return "filter" in filter ? count(filter.filter) : 1;
}

type Test = (element: JsonObject) => boolean;

const invalid = (detail: string) => fail(scimError("invalidFilter", detail));

function bind(node: AttributeNode, filter: Filter): Result<Test> {
  switch (filter.op) {
    case "and":
    case "or": {
      const tests: Test[] = [];
      for (const operand of filter.filters) {
        const test = bind(node, operand);
        if (!test.ok) return test;
        tests.push(test.value);
      }
      return ok(
        filter.op === "and"
          ? (element) => tests.every((test) => test(element))
          : (element) => tests.some((test) => test(element)),
      );
    }
    case "not": {
      const test = bind(node, filter.filter);
      return test.ok ? ok((element) => !test.value(element)) : test;
    }
    case "[]":
      return invalid(`a filter on ${node.path} cannot hold another value path`);
    default: {
      const sub = childOf(node, filter.attribute);
      if (!sub) return invalid(`${node.path} has no sub-attribute ${quote(filter.attribute)}`);
      if (filter.op === "pr") return ok((element) => isPresent(element[sub.name]));
      return bindComparison(sub, filter.op, filter.value);
    }
  }
}

function bindComparison(sub: AttributeNode, op: Comparison, value: Json): Result<Test> {
  if (value === null) {
    if (op === "eq") return ok((element) => !isPresent(element[sub.name]));
    if (op === "ne") return ok((element) => isPresent(element[sub.name]));
    return invalid(`${sub.path} cannot be compared with null by ${op}`);
  }
  // Entra writes primary eq "True".
  const findings = new Findings();
  const wanted = read(sub, value, findings);
  if (wanted === undefined || typeof wanted === "object") {
    return fail(scimError("invalidFilter", findings.error?.detail ?? `${sub.path} cannot be compared`));
  }
  const isOrdered = sub.type !== "boolean" && sub.type !== "binary";
  const isText = typeof wanted === "string" && sub.type !== "dateTime";
  if ((ordering.has(op) && !isOrdered) || (matching.has(op) && !isText)) {
    return invalid(`${sub.path} is a ${sub.type}: it cannot be compared by ${op}`);
  }
  const compare = comparisons[op];
  const right = comparable(sub, wanted);
  return ok((element) => {
    const found = element[sub.name];
    // A value that is not there differs from every value, and compares with none.
    if (found === undefined || found === null || typeof found === "object") return op === "ne";
    return compare(comparable(sub, found), right);
  });
}

type Scalar = string | number | boolean;

/** The value in the form in which the attribute's type compares it. */
function comparable(node: AttributeNode, value: Scalar): Scalar {
  if (typeof value !== "string") return value;
  return node.type === "dateTime" ? Date.parse(value) : fold(node, value);
}

const ordering = new Set<Comparison>(["gt", "ge", "lt", "le"]);
const matching = new Set<Comparison>(["co", "sw", "ew"]);

const comparisons: Record<Comparison, (left: Scalar, right: Scalar) => boolean> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  co: (left, right) => String(left).includes(String(right)),
  sw: (left, right) => String(left).startsWith(String(right)),
  ew: (left, right) => String(left).endsWith(String(right)),
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
};

const isPresent = (value: Json | undefined) => value !== undefined && value !== null && value !== "";

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
