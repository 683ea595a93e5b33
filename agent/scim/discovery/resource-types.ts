/** Resource types as they are sent (RFC 7643, section 6). */
import type { ResourceType } from "../../../model/scim/schema.ts";
import type { JsonObject } from "../../../scim/json.ts";
import type { ConnectorRuntime } from "../../releases/runtime.ts";

/** What a connector serves: what its `auth.allow` names. */
export function resourceTypesOf({
  allow,
  types,
}: Pick<ConnectorRuntime, "allow" | "types">): readonly ResourceType[] {
  return [
    ...(allow.includes("users") ? [types.user] : []),
    ...(allow.includes("groups") ? [types.group] : []),
  ];
}

/**
 * A resource type's JSON.
 *
 * @param base the URL below which `/ResourceTypes` lies, without a slash at its end
 */
export function describeResourceType(
  { name, endpoint, schema, extensions }: ResourceType,
  base: string,
): JsonObject {
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
    id: name,
    name,
    description: schema.description,
    endpoint,
    schema: schema.id,
    schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: "ResourceType", location: `${base}/ResourceTypes/${name}` },
  };
}
