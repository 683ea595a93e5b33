/**
 * One entry of a release as Terraform holds it: canonical JSON text, in which a set is an object with a null for each item.
 * Terraform compares lists place by place, and shows three renames where one group of three went; of an object it shows what went and what
 * came. Nothing in a release is null, so the entry is read back exactly, and digests are of the entry and not of its text.
 */
import { canonicalJson, type ReadonlyJson } from "./canonical.ts";
import type { SectionName } from "./digest.ts";

/** The order of a secret's references says which is looked up first. */
const ordered: SectionName = "secrets";

/** The text of an entry. */
export function entryText(section: SectionName, entry: ReadonlyJson): string {
  return canonicalJson(section === ordered ? entry : withSets(entry));
}

/**
 * The entry that a text holds; that of before sets were objects, too.
 *
 * @throws {SyntaxError} for what is no JSON
 */
export function parseEntry(text: string): ReadonlyJson {
  return withLists(JSON.parse(text) as ReadonlyJson);
}

/** Lists of texts in ascending order, as the canonical form makes them of sets, as objects. */
function withSets(value: ReadonlyJson): ReadonlyJson {
  if (isList(value))
    return isSet(value) ? Object.fromEntries(value.map((item) => [item, null])) : value.map(withSets);
  return isMap(value) ? eachValue(value, withSets) : value;
}

function withLists(value: ReadonlyJson): ReadonlyJson {
  if (isList(value)) return value.map(withLists);
  if (!isMap(value)) return value;
  const keys = Object.keys(value);
  const isSetOfKeys = keys.length > 0 && keys.every((key) => value[key] === null);
  return isSetOfKeys ? keys.sort() : eachValue(value, withLists);
}

function isSet(items: readonly ReadonlyJson[]): items is readonly string[] {
  return (
    items.length > 0 &&
    items.every((item, index) => {
      const before = items[index - 1];
      return typeof item === "string" && (before === undefined || (before ?? "") < item);
    })
  );
}

type Map = { readonly [key: string]: ReadonlyJson | undefined };

function eachValue(map: Map, change: (value: ReadonlyJson) => ReadonlyJson): ReadonlyJson {
  return Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => (value === undefined ? [] : [[key, change(value)]])),
  );
}

const isList = (value: ReadonlyJson): value is readonly ReadonlyJson[] => Array.isArray(value);
const isMap = (value: ReadonlyJson): value is Map =>
  typeof value === "object" && value !== null && !isList(value);
