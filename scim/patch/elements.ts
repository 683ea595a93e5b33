/** The elements of a multi-valued attribute: which of them is the same as another, and is meant by it. */
import type { AttributeNode } from "../attribute.ts";
import { isObject, type Json } from "../json.ts";
import { fold, inOrder, isPrimary } from "../value.ts";

/**
 * The values of both; one that is there already is amended, and no second one (RFC 7644, section 3.5.2.1).
 *
 * @param spend counts comparisons before they are made; false where no more may be
 */
export function addTo(
  node: AttributeNode,
  before: readonly Json[],
  given: readonly Json[],
  spend: (comparisons: number) => boolean,
): Json[] {
  const isTakenOver = given.some(isPrimary);
  const values = before.map((one) => (isTakenOver && isPrimary(one) ? { ...one, primary: false } : one));
  const places = new Map<string, number[]>();
  const note = (place: number, key: string) => {
    const others = places.get(key);
    if (others) others.push(place);
    else places.set(key, [place]);
  };
  for (const [place, one] of values.entries()) note(place, mainOf(node, one));
  for (const one of given) {
    const key = mainOf(node, one);
    const there = places.get(key) ?? [];
    if (!spend(there.length)) break;
    const type = typeOf(node, one);
    const place =
      there.findLast((place) => typeOf(node, values[place]) === type) ??
      there.findLast((place) => areOneType(type, typeOf(node, values[place])));
    const present = place === undefined ? undefined : values[place];
    if (place === undefined) note(values.push(one) - 1, key);
    else if (isObject(present) && isObject(one)) values[place] = inOrder(node, { ...present, ...one });
  }
  return values;
}

/** What an element is the same by: its `value`, or the whole where it has none. */
function mainOf(node: AttributeNode, element: Json): string {
  if (typeof element === "string") return JSON.stringify(fold(node, element));
  const child = node.children.get("value");
  const value = isObject(element) ? element.value : undefined;
  return JSON.stringify(child && typeof value === "string" ? [fold(child, value)] : element);
}

function typeOf(node: AttributeNode, element: Json | undefined): string | undefined {
  const child = node.children.get("type");
  const type = isObject(element) ? element.type : undefined;
  return child && typeof type === "string" ? fold(child, type) : undefined;
}

/** One value may stand there twice for two uses (RFC 7643, section 2.4); where a type is left out, any is meant. */
function areOneType(left: string | undefined, right: string | undefined): boolean {
  return left === undefined || right === undefined || left === right;
}

/** Whether `wanted` means the element: its value, whatever else it says of it; without a value, all that it says. */
export function means(node: AttributeNode, wanted: Json, element: Json): boolean {
  if (!isObject(wanted) || wanted.value === undefined) return covers(node, element, wanted);
  return (
    mainOf(node, wanted) === mainOf(node, element) && areOneType(typeOf(node, wanted), typeOf(node, element))
  );
}

/** Whether the element has all that `wanted` says. */
function covers(node: AttributeNode, element: Json, wanted: Json): boolean {
  if (typeof element === "string" && typeof wanted === "string")
    return fold(node, element) === fold(node, wanted);
  if (!isObject(element) || !isObject(wanted)) return element === wanted;
  return Object.keys(wanted).every((name) => {
    const child = node.children.get(name.toLowerCase());
    const left = element[name];
    const right = wanted[name];
    return child && typeof left === "string" && typeof right === "string"
      ? fold(child, left) === fold(child, right)
      : left === right;
  });
}
