/** The endpoints by which a client learns what is served (RFC 7644, section 4). */

import { fail, ok, type Result } from "../../../model/result.ts";
import type { JsonObject } from "../../../scim/json.ts";
import { listResponse } from "../../../scim/representation.ts";
import type { Answer, Call, Endpoint } from "../call.ts";
import { type Rejected, scimRefusal } from "../refusal.ts";
import { describeResourceType, resourceTypesOf } from "./resource-types.ts";
import { describeSchema, schemasOf } from "./schemas.ts";
import { serviceProviderConfig } from "./service-provider-config.ts";

/** By their path below a connector's base URL. */
export const discoveryEndpoints: readonly (readonly [string, Endpoint])[] = [
  ["ServiceProviderConfig", reading(({ connector }) => serviceProviderConfig(connector))],
  ["Schemas", reading((call) => listOf(schemas(call)))],
  ["Schemas/:id", reading((call) => find(schemas(call), call.id))],
  ["ResourceTypes", reading((call) => listOf(resourceTypes(call)))],
  ["ResourceTypes/:id", reading((call) => find(resourceTypes(call), call.id))],
];

/** An endpoint that is only read, and that no parameter changes. */
function reading(read: (call: Call) => JsonObject | undefined): Endpoint {
  return {
    methods: {
      GET: async (call): Promise<Result<Answer, Rejected>> => {
        // else a client took all that it gets for what matches
        if (call.query.filter !== undefined)
          return fail(scimRefusal(403, "what is served cannot be filtered (RFC 7644, section 4)"));
        const body = read(call);
        return body ? ok({ status: 200, body }) : fail(scimRefusal(404, "there is no such resource"));
      },
    },
  };
}

function schemas({ connector }: Call): JsonObject[] {
  return schemasOf(resourceTypesOf(connector)).map((schema) => describeSchema(schema, connector.endpoint));
}

function resourceTypes({ connector }: Call): JsonObject[] {
  return resourceTypesOf(connector).map((type) => describeResourceType(type, connector.endpoint));
}

function listOf(resources: JsonObject[]): JsonObject {
  return listResponse(resources, resources.length, 1);
}

/** A URN is the same in any case (RFC 8141, section 3), as every name of SCIM is. */
function find(resources: readonly JsonObject[], id: string): JsonObject | undefined {
  return resources.find((resource) => String(resource.id).toLowerCase() === id.toLowerCase());
}
