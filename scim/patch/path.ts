/** Where a PATCH operation points (RFC 7644, section 3.5.2, figure 7). */

import { fail, ok } from "../../model/result.ts";
import {
  type AttributeName,
  childOf,
  findAttribute,
  findInExtensions,
  type ResourceNode,
} from "../attribute.ts";
import { quote, type ScimResult, scimError } from "../error.ts";
import { maxFilterLength, parseFilter } from "../filter/parse.ts";
import { bindValueFilter, type ValueFilter } from "../filter/value-filter.ts";

/** A path that has been checked against the schema. */
export interface PatchPath extends AttributeName {
  /** Which of the attribute's values are meant; all of them when absent. */
  readonly filter?: ValueFilter;
}

/** An attribute, perhaps with a filter in brackets, perhaps with a sub-attribute behind it. */
const shape = /^([^[\]"\s]+)(?:\[(.*)\](?:\.([^[\].\s"]+))?)?$/s;

/**
 * Reads a path: `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each perhaps behind a schema's URN, or an
 * extension's URN alone. Names are case-insensitive. What only an extension has is found without its URN too. A filter may
 * stand behind what has one value too: Entra removes `manager[value eq "id"]`.
 *
 * @returns `invalidPath` for a path that is malformed or names what no schema knows, `invalidFilter` for its filter
 */
export function parsePath(root: ResourceNode, text: string): ScimResult<PatchPath> {
  if (text.length > maxFilterLength) return invalid(`the path is longer than ${maxFilterLength} characters`);
  const [, name, filterText, subName] = shape.exec(text) ?? [];
  if (name === undefined) {
    return invalid(
      `the path ${quote(start(text))} is malformed; expected attr, attr.sub or attr[filter].sub`,
    );
  }
  const found = findAttribute(root, name) ?? findInExtensions(root, name);
  if (!found) return invalid(`${root.name} has no attribute ${quote(name)}`);
  if (filterText === undefined) return ok(found);

  const { attribute } = found;
  const hasValue = attribute.multiValued || attribute.children.has("value");
  if (found.sub || attribute.type !== "complex" || !hasValue) {
    return invalid(`${name} has no values to choose from by a filter`);
  }
  const sub = subName === undefined ? undefined : childOf(attribute, subName);
  if (subName !== undefined && !sub) {
    return invalid(`${attribute.path} has no sub-attribute ${quote(subName)}`);
  }
  const parsed = parseFilter(filterText);
  if (!parsed.ok) return parsed;
  const filter = bindValueFilter(attribute, parsed.value);
  if (!filter.ok) return filter;
  return ok({ ...found, filter: filter.value, ...(sub && { sub }) });
}

const invalid = (detail: string) => fail(scimError("invalidPath", detail));

/** The path up to its filter, which could hold a value that is nobody's business. */
const start = (text: string) => text.split("[", 1)[0] ?? "";
