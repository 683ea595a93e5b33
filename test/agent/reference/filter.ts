/** Filters of the reference model (RFC 7644, section 3.4.2.2): what they look like, and which resources they select. */
import { type Attribute, type Kind, lookUp, subOf } from "./attributes.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";
import { refuse } from "./refusal.ts";
import { foldedText, readOne } from "./values.ts";

export type Comparison = "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";

export type Filter =
  | { readonly op: Comparison; readonly name: string; readonly value: string | number | boolean | null }
  | { readonly op: "pr"; readonly name: string }
  | { readonly op: "and" | "or"; readonly left: Filter; readonly right: Filter }
  | { readonly op: "not" | "()"; readonly inner: Filter }
  | { readonly op: "[]"; readonly name: string; readonly inner: Filter }
  /** What is no filter at all. */
  | { readonly op: "nonsense"; readonly text: string };

/** As a client writes it. `or` binds least, then `and`; what would bind otherwise gets parentheses. */
export function print(filter: Filter): string {
  switch (filter.op) {
    case "nonsense":
      return filter.text;
    case "pr":
      return `${filter.name} pr`;
    case "not":
      return `not (${print(filter.inner)})`;
    case "()":
      return `(${print(filter.inner)})`;
    case "[]":
      return `${filter.name}[${print(filter.inner)}]`;
    case "and":
    case "or": {
      const operand = (one: Filter) =>
        filter.op === "and" && one.op === "or" ? `(${print(one)})` : print(one);
      return `${operand(filter.left)} ${filter.op} ${operand(filter.right)}`;
    }
    default:
      return `${filter.name} ${filter.op} ${JSON.stringify(filter.value)}`;
  }
}

/** Whether a resource is selected. A filter with a mistake in any part of it is refused, whatever the resource. */
export function selects(kind: Kind, filter: Filter, resource: JsonObject): boolean {
  return evaluate(filter, resource, (name) => lookUp(kind, name));
}

/** Whether the value of a multi-valued attribute is selected, by a filter on its sub-attributes. */
export function selectsValue(attribute: Attribute, filter: Filter, value: JsonObject): boolean {
  return evaluate(filter, value, (name) => {
    const sub = subOf(attribute, name);
    return sub && [sub];
  });
}

function evaluate(
  filter: Filter,
  object: JsonObject,
  find: (name: string) => readonly Attribute[] | undefined,
): boolean {
  switch (filter.op) {
    case "nonsense":
      return refuse("invalidFilter");
    case "()":
      return evaluate(filter.inner, object, find);
    case "not":
      return !evaluate(filter.inner, object, find);
    case "and":
    case "or": {
      const left = evaluate(filter.left, object, find);
      const right = evaluate(filter.right, object, find);
      return filter.op === "and" ? left && right : left || right;
    }
  }
  const chain = find(filter.name);
  const last = chain?.at(-1);
  if (!chain || !last || chain.some(({ hidden }) => hidden)) return refuse("invalidFilter");
  const found = valuesAt(object, chain);
  if (filter.op === "[]") {
    if (!last.many || last.type !== "complex") return refuse("invalidFilter");
    // once with nothing, so that a mistake is found where there are no values
    selectsValue(last, filter.inner, {});
    return found.some((value) => isObject(value) && selectsValue(last, filter.inner, value));
  }
  if (filter.op === "pr") return found.some(isPresent);
  return compares(last, filter.op, filter.value, found);
}

/** All values at the end of the way; each value of a multi-valued attribute counts (section 3.4.2.2, "attribute operators"). */
export function valuesAt(object: JsonObject, chain: readonly Attribute[]): Json[] {
  let values: Json[] = [object];
  for (const { name } of chain) {
    const next: Json[] = [];
    for (const value of values) {
      const one = isObject(value) ? value[name] : undefined;
      if (Array.isArray(one)) next.push(...one);
      else if (one !== undefined) next.push(one);
    }
    values = next;
  }
  return values;
}

function compares(
  attribute: Attribute,
  op: Comparison,
  given: string | number | boolean | null,
  found: readonly Json[],
): boolean {
  // a multi-valued attribute alone means its value: emails co "example.com" (section 3.4.2.2, figure 2)
  if (attribute.type === "complex") {
    const value = attribute.many ? subOf(attribute, "value") : undefined;
    if (!value) return refuse("invalidFilter");
    return compares(
      value,
      op,
      given,
      found.flatMap((one) => valuesAt(one as JsonObject, [value])),
    );
  }
  if (given === null) {
    if (op === "eq") return !found.some(isPresent);
    if (op === "ne") return found.some(isPresent);
    return refuse("invalidFilter");
  }
  const wanted = valueToCompare(attribute, given);
  if (attribute.type === "boolean" && op !== "eq" && op !== "ne") return refuse("invalidFilter");
  // what is not there differs from everything, and compares with nothing
  if (found.length === 0) return op === "ne";
  const part = op === "co" || op === "sw" || op === "ew" ? op : undefined;
  const compared = foldedText(attribute, String(wanted), part);
  return found.some((one) => holds(op, foldedText(attribute, String(one)), compared));
}

/** What an attribute is compared with: of its own type, or it is no filter. */
export function valueToCompare(attribute: Attribute, given: string | number | boolean): Json {
  try {
    return readOne(attribute, given) ?? refuse("invalidFilter");
  } catch {
    return refuse("invalidFilter");
  }
}

function holds(op: Comparison, left: string, right: string): boolean {
  if (op === "eq") return left === right;
  if (op === "ne") return left !== right;
  if (op === "co") return left.includes(right);
  if (op === "sw") return left.startsWith(right);
  if (op === "ew") return left.endsWith(right);
  if (op === "gt") return left > right;
  if (op === "ge") return left >= right;
  if (op === "lt") return left < right;
  return left <= right;
}

/** RFC 7644, table 3: a non-empty value, or a complex one with something in it. */
function isPresent(value: Json): boolean {
  if (isObject(value)) return Object.values(value).some(isPresent);
  return value !== null && value !== "";
}
