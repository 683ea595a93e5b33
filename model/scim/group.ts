import { attribute, type ResourceType, type Schema } from "./schema.ts";

/** Who is in a group. */
export const members = attribute("members", "The members of the group.", {
  multiValued: true,
  subAttributes: [
    attribute("value", "The id of the member.", { required: true, caseExact: true, mutability: "immutable" }),
    attribute("$ref", "The URI of the member.", {
      type: "reference",
      referenceTypes: ["User"],
      mutability: "immutable",
    }),
    // Section 8.7.1 knows groups in groups too; they are refused.
    attribute("type", "What the member is.", { canonicalValues: ["User"], mutability: "immutable" }),
    // Not in section 8.7.1, but in the example of section 8.4, and sent by every provider.
    attribute("display", "The name of the member.", { mutability: "readOnly" }),
  ],
});

/** The Group schema (RFC 7643, sections 4.2 and 8.7.1). */
export const groupSchema: Schema = {
  id: "urn:ietf:params:scim:schemas:core:2.0:Group",
  name: "Group",
  description: "Group",
  attributes: [
    // Section 4.2 requires it; the table of section 8.7.1 does not. Nothing can be granted to a nameless group.
    // Two groups of one name could not be told apart by who grants something to them.
    attribute("displayName", "The name of the group.", { required: true, uniqueness: "server" }),
    members,
  ],
};

/** Groups. */
export const groupType: ResourceType = {
  name: "Group",
  endpoint: "/Groups",
  schema: groupSchema,
  extensions: [],
};
