/** Resources as they are sent (RFC 7643, section 3; RFC 7644, sections 3.4.2 and 3.14). */
import type { ResourceType } from "../model/scim/schema.ts";
import type { Time } from "../model/time.ts";
import { nodeOf } from "./attribute.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Projection } from "./projection.ts";

/** Another resource, as a group names its members and a user their groups. */
export interface Reference {
  readonly id: string;
  /** Its name, for people. */
  readonly display?: string;
}

/** A resource with what the store keeps beside it. */
export interface Stored {
  readonly id: string;
  readonly created: Time;
  readonly lastModified: Time;
  /** Opaque; without quotes. */
  readonly version: string;
  /** The attributes, as `normaliseUser`, `normaliseGroup` and the patches give them. */
  readonly resource: JsonObject;
  /** Of a group: its members. Absent when they were not read, since the projection leaves them out. */
  readonly members?: readonly Reference[];
  /** Of a user: the groups of which they are a direct member. Absent when they were not read. */
  readonly groups?: readonly Reference[];
}

/**
 * A resource's JSON.
 *
 * @param base the URL below which `/Users` and `/Groups` lie, without a slash at its end
 * @param projection what `attributes` and `excludedAttributes` ask for; everything when absent
 */
export function represent(
  type: ResourceType,
  stored: Stored,
  base: string,
  projection?: Projection,
): JsonObject {
  const extensions = type.extensions.map(({ id }) => id).filter((id) => Object.hasOwn(stored.resource, id));
  const whole: JsonObject = {
    schemas: [type.schema.id, ...extensions],
    id: stored.id,
    ...stored.resource,
    ...(stored.members && { members: stored.members.map((member) => reference(base, "User", member)) }),
    ...(stored.groups && { groups: stored.groups.map((group) => reference(base, "Group", group)) }),
    meta: {
      resourceType: type.name,
      created: new Date(stored.created).toISOString(),
      lastModified: new Date(stored.lastModified).toISOString(),
      location: location(type, stored.id, base),
      version: etag(stored.version),
    },
  };
  return projection?.apply(nodeOf(type), whole) ?? whole;
}

/** The address of a resource, for `meta.location` and the Location header. */
export function location(type: ResourceType, id: string, base: string): string {
  return `${base}${type.endpoint}/${encodeURIComponent(id)}`;
}

/** The weak entity tag of a version, for `meta.version` and the ETag header (RFC 7644, section 3.14). */
export function etag(version: string): string {
  return `W/"${version}"`;
}

/**
 * The answer to a list (RFC 7644, section 3.4.2).
 *
 * @param totalResults how many resources match, on all pages
 * @param startIndex the place of the first one on this page, from 1
 */
export function listResponse(resources: JsonObject[], totalResults: number, startIndex: number): JsonObject {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults,
    startIndex,
    itemsPerPage: resources.length,
    Resources: resources,
  };
}

function reference(base: string, to: "User" | "Group", { id, display }: Reference): Json {
  return {
    value: id,
    $ref: `${base}/${to}s/${encodeURIComponent(id)}`,
    ...(display !== undefined && { display }),
    type: to === "User" ? "User" : "direct",
  };
}
