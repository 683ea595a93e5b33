/** What of SCIM is served (RFC 7643, section 5; RFC 9865, section 4). */

import type { JsonObject } from "../../../scim/json.ts";
import type { ConnectorRuntime } from "../../releases/runtime.ts";

/** `/ServiceProviderConfig` of a connector. Nothing is said here that the other files of this room do not do. */
export function serviceProviderConfig({
  pageSize,
  endpoint,
}: Pick<ConnectorRuntime, "pageSize" | "endpoint">): JsonObject {
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: pageSize },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    // a cursor does not expire, so there is no cursorTimeout
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: "index",
      defaultPageSize: pageSize,
      maxPageSize: pageSize,
    },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "OAuth Bearer Token",
        description: "A token in the Authorization header, as the connector of the environment declares it.",
        specUri: "https://www.rfc-editor.org/info/rfc6750",
        primary: true,
      },
    ],
    meta: {
      resourceType: "ServiceProviderConfig",
      location: `${endpoint}/ServiceProviderConfig`,
    },
  };
}
