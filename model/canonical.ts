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
  if (typeof value === "string") return canonicalText(value);
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${canonicalText(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

function canonicalText(text: string): string {
  // hardly any text has a surrogate, and whether one is alone takes longer to see
  if (/[\ud800-\udfff]/.test(text) && /\p{Surrogate}/u.test(text))
    throw new TypeError("a string with a lone surrogate has no canonical JSON form");
  return JSON.stringify(text);
}

// Array.isArray does not narrow a readonly array
function isList(value: object): value is readonly ReadonlyJson[] {
  return Array.isArray(value);
}
