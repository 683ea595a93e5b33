import { attribute, type Schema } from "./schema.ts";

/** The enterprise extension of the User schema (RFC 7643, sections 4.3 and 8.7.1). */
export const enterpriseUserSchema: Schema = {
  id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  name: "EnterpriseUser",
  description: "Enterprise User",
  attributes: [
    attribute("employeeNumber", "The identifier that the organization gave the person."),
    attribute("costCenter", "The cost center."),
    attribute("organization", "The organization."),
    attribute("division", "The division."),
    attribute("department", "The department."),
    attribute("manager", "The user's manager.", {
      subAttributes: [
        attribute("value", "The id of the manager's own resource."),
        attribute("$ref", "The URI of the manager's own resource.", {
          type: "reference",
          referenceTypes: ["User"],
        }),
        attribute("displayName", "The manager's name.", { mutability: "readOnly" }),
      ],
    }),
  ],
};
