/** Schemas as they are sent (RFC 7643, section 7): what the code obeys, and no copy of it. */
import type { Attribute, ResourceType, Schema } from "../../../model/scim/schema.ts";
import type { Json, JsonObject } from "../../../scim/json.ts";

/** The schemas that resource types use, each once. */
export function schemasOf(types: readonly ResourceType[]): Schema[] {
  return [...new Set(types.flatMap(({ schema, extensions }) => [schema, ...extensions]))];
}

/**
 * A schema's JSON.
 *
 * @param base the URL below which `/Schemas` lies, without a slash at its end
 */
export function describeSchema({ id, name, description, attributes }: Schema, base: string): JsonObject {
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    id,
    name,
    description,
    attributes: attributes.map(describeAttribute),
    meta: {
      resourceType: "Schema",
      // a URN may stand in a path as it is (RFC 3986, section 3.3), but for what parts paths
      location: `${base}/Schemas/${encodeURIComponent(id).replaceAll("%3A", ":")}`,
    },
  };
}

function describeAttribute(definition: Attribute): Json {
  const { name, type, multiValued, description, required, mutability, returned, uniqueness } = definition;
  const { canonicalValues, referenceTypes, subAttributes } = definition;
  return {
    name,
    type,
    multiValued,
    description,
    required,
    ...(canonicalValues && { canonicalValues: [...canonicalValues] }),
    ...(isText(definition) && { caseExact: definition.caseExact }),
    mutability,
    returned,
    uniqueness,
    ...(referenceTypes && { referenceTypes: [...referenceTypes] }),
    ...(subAttributes && { subAttributes: subAttributes.map(describeAttribute) }),
  };
}

/** Whether letters are compared: a number or a date has no case. */
function isText({ type }: Attribute): boolean {
  return type === "string" || type === "reference" || type === "binary";
}
