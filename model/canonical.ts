/** What JSON can hold. An absent (`undefined`) property is left out, as JSON.stringify does. */
export type ReadonlyJson =
  | null
  | boolean
  | number
  | string
  | readonly ReadonlyJson[]
  | { readonly [key: string]: ReadonlyJson | undefined };

/**
 * The canonical JSON text of a value (RFC 8785): no white space, keys sorted by UTF-16 code unit,
 * numbers as ECMAScript prints them. Two values with one meaning have one text, on every machine.
 *
 * @throws {TypeError} for what has no canonical form: a number that is not finite, a string with a lone surrogate
 */
export function canonicalJson(value: ReadonlyJson): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
  if (typeof value === "string" && /\p{Surrogate}/u.test(value))
    throw new TypeError("a string with a lone surrogate has no canonical JSON form");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [`${canonicalJson(key)}:${canonicalJson(member)}`];
    });
  return `{${members.join(",")}}`;
}

// Array.isArray does not narrow a readonly array
function isList(value: object): value is readonly ReadonlyJson[] {
  return Array.isArray(value);
}
