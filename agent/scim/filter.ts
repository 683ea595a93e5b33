/** The filter of a list, as far as the store's indexes answer it. */
import type { ResourceType } from "../../model/scim/schema.ts";
import { findAttribute, nodeOf } from "./attribute.ts";
import { scimError } from "./error.ts";
import { parseFilter } from "./filter-parser.ts";
import { fail, ok, type Result } from "./result.ts";

/** A list's filter, as the store's indexes can answer it. */
export interface Equality {
  /** The attribute in its canonical spelling. */
  readonly attribute: "id" | "externalId" | "userName" | "displayName";
  readonly value: string;
  /** Whether the store compares the value as it stands, or without regard to case. */
  readonly caseExact: boolean;
}

/** What a list can be filtered by. */
const indexed: Record<string, readonly Equality["attribute"][]> = {
  User: ["id", "userName", "externalId"],
  Group: ["id", "displayName", "externalId"],
};

/**
 * Reads the `filter` of a list: `eq` on one indexed attribute, in any case and with or without its URN.
 *
 * @returns `invalidFilter`, which says what is supported, for any other filter
 */
export function listFilter(type: ResourceType, text: string): Result<Equality> {
  const parsed = parseFilter(text);
  if (!parsed.ok) return parsed;
  const names = indexed[type.name] ?? [];
  const filter = parsed.value;
  if (filter.op === "eq") {
    const found = findAttribute(nodeOf(type), filter.attribute);
    const attribute = names.find((name) => name === found?.attribute.name);
    if (found && attribute && !found.extension && !found.sub) {
      return typeof filter.value === "string"
        ? ok({ attribute, value: filter.value, caseExact: found.attribute.caseExact })
        : invalid(`${attribute} is compared with a string in double quotes`);
    }
  }
  return invalid(
    `this filter is not supported; supported: ${names.map((name) => `${name} eq "…"`).join(", ")}`,
  );
}

const invalid = (detail: string) => fail(scimError("invalidFilter", detail));
