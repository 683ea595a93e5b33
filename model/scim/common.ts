import { attribute } from "./schema.ts";

/** The attributes that every resource has, whatever its schema (RFC 7643, sections 3 and 3.1). */
export const commonAttributes = [
  attribute("schemas", "The URNs of the schemas that the resource uses.", {
    type: "reference",
    referenceTypes: ["uri"],
    multiValued: true,
    caseExact: true,
    mutability: "readOnly",
    returned: "always",
  }),
  attribute("id", "The identifier that the service provider gave the resource.", {
    caseExact: true,
    mutability: "readOnly",
    returned: "always",
    uniqueness: "server",
  }),
  attribute("externalId", "The identifier that the client gave the resource.", { caseExact: true }),
  attribute("meta", "What the service provider knows about the resource.", {
    mutability: "readOnly",
    subAttributes: [
      attribute("resourceType", "The name of the resource type.", {
        caseExact: true,
        mutability: "readOnly",
      }),
      attribute("created", "When the resource was created.", { type: "dateTime", mutability: "readOnly" }),
      attribute("lastModified", "When the resource last changed.", {
        type: "dateTime",
        mutability: "readOnly",
      }),
      attribute("location", "The URI of the resource.", {
        type: "reference",
        referenceTypes: ["uri"],
        caseExact: true,
        mutability: "readOnly",
      }),
      attribute("version", "The version of the resource, as in its ETag.", {
        caseExact: true,
        mutability: "readOnly",
      }),
    ],
  }),
];
