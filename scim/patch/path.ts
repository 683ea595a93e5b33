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

/** A name in the grammar of RFC 7644, section 3.5.2, figure 7: `attr` or `attr.sub`, or anything behind a URN. */
const grammar = /^(?:urn:.+|[a-z][\w$-]*(?:\.[a-z$][\w$-]*)?)$/i;

/**
 * Reads a path: `attr`, `attr.sub`, `attr[filter]`, `attr[filter].sub`, each perhaps behind a schema's URN, or an
 * extension's URN alone. Names are case-insensitive. What only an extension has is found without its URN too. A filter may
 * stand behind what has one value too: Entra removes `manager[value eq "id"]`.
 *
 * @returns undefined where no schema knows what it names; `invalidPath` for a path that is malformed, `invalidFilter` for its
 *   filter
 */
export function parsePath(root: ResourceNode, text: string): ScimResult<PatchPath | undefined> {
  if (text.length > maxFilterLength) return invalid(`the path is longer than ${maxFilterLength} characters`);
  const [, name, filterText, subName] = shape.exec(text) ?? [];
  const found = name && (findAttribute(root, name) ?? findInExtensions(root, name));
  if (name === undefined || !(found || grammar.test(name))) {
    return invalid(
      `the path ${quote(nameIn(text))} is malformed; expected attr, attr.sub or attr[filter].sub`,
    );
  }
  if (filterText === undefined) return ok(found || undefined);
  const parsed = parseFilter(filterText);
  if (!parsed.ok) return parsed;
  if (!found) return ok(undefined);

  const { attribute } = found;
  const hasValue = attribute.multiValued || attribute.children.has("value");
  if (found.sub || !hasValue) {
    return invalid(`${name} has no values to choose from by a filter`);
  }
  const sub = subName === undefined ? undefined : childOf(attribute, subName);
  const filter = bindValueFilter(attribute, parsed.value);
  if (!filter.ok) return filter;
  if (subName !== undefined && !sub) return ok(undefined);
  return ok({ ...found, filter: filter.value, ...(sub && { sub }) });
}

const invalid = (detail: string) => fail(scimError("invalidPath", detail));

/** A path without its filter, which could hold a value that is nobody's business. */
export function nameIn(path: string): string {
  return path.replace(/\[.*\]|\[.*/s, "");
}
