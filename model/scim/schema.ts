/**
 * How SCIM describes attributes, as data (RFC 7643, sections 2 and 7).
 *
 * The definitions beside this file drive everything that handles a resource: what a body may hold, where a
 * PATCH path may point, what a filter compares, and which types an expression is checked against.
 */

/** RFC 7643, section 2.3. */
export type AttributeType =
  | "string"
  | "boolean"
  | "decimal"
  | "integer"
  | "dateTime"
  | "reference"
  | "binary"
  | "complex";

/** One attribute's characteristics: RFC 7643, sections 2.2 and 7. */
export interface Attribute {
  readonly name: string;
  readonly description: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly required: boolean;
  /** Whether two strings that differ only in case are different values. */
  readonly caseExact: boolean;
  readonly mutability: "readOnly" | "readWrite" | "immutable" | "writeOnly";
  readonly returned: "always" | "never" | "default" | "request";
  readonly uniqueness: "none" | "server" | "global";
  /** Values that clients are known to use; others are accepted. */
  readonly canonicalValues?: readonly string[];
  /** What a reference may point to: `uri`, `external`, or the name of a resource type. */
  readonly referenceTypes?: readonly string[];
  /** Of a complex attribute, and of no other. */
  readonly subAttributes?: readonly Attribute[];
}

/** A schema: RFC 7643, section 7. */
export interface Schema {
  /** Its URN. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

/** A resource type, its core schema and its extensions: RFC 7643, section 6. */
export interface ResourceType {
  readonly name: string;
  /** Its path below the base URL, such as `/Users`. */
  readonly endpoint: string;
  readonly schema: Schema;
  readonly extensions: readonly Schema[];
}

/** Makes an attribute with the defaults of RFC 7643, section 2.2: an optional, singular, readWrite string. */
export function attribute(
  name: string,
  description: string,
  characteristics: Partial<Omit<Attribute, "name" | "description">> = {},
): Attribute {
  return {
    name,
    description,
    type: characteristics.subAttributes ? "complex" : "string",
    multiValued: false,
    required: false,
    caseExact: false,
    mutability: "readWrite",
    returned: "default",
    uniqueness: "none",
    ...characteristics,
  };
}

/**
 * Makes a multi-valued complex attribute with the default sub-attributes of RFC 7643, section 2.4: `value`,
 * `display`, `type` and `primary`.
 *
 * @param value what differs in the `value` sub-attribute; `types` are the canonical values of `type`
 */
export function plural(
  name: string,
  description: string,
  value: Partial<Omit<Attribute, "name" | "description">> = {},
  types?: readonly string[],
): Attribute {
  return attribute(name, description, {
    multiValued: true,
    subAttributes: [
      attribute("value", "The value itself.", value),
      attribute("display", "A name for people to read."),
      attribute("type", "What the value is for.", types ? { canonicalValues: types } : {}),
      attribute("primary", "Whether this is the preferred value; true at most once.", { type: "boolean" }),
    ],
  });
}
