import { enterpriseUserSchema } from "./enterprise-user.ts";
import { attribute, plural, type ResourceType, type Schema } from "./schema.ts";

/** The core User schema (RFC 7643, sections 4.1 and 8.7.1). */
export const userSchema: Schema = {
  id: "urn:ietf:params:scim:schemas:core:2.0:User",
  name: "User",
  description: "User Account",
  attributes: [
    attribute("userName", "The name by which the user signs in at the identity provider.", {
      required: true,
      uniqueness: "server",
    }),
    attribute("name", "The parts of the user's name.", {
      subAttributes: [
        attribute("formatted", "The full name, formatted for display."),
        attribute("familyName", "The family name, or last name."),
        attribute("givenName", "The given name, or first name."),
        attribute("middleName", "The middle names."),
        attribute("honorificPrefix", "The title before the name, such as Ms."),
        attribute("honorificSuffix", "The suffix after the name, such as III."),
      ],
    }),
    attribute("displayName", "The name to show for the user."),
    attribute("nickName", "The casual way to address the user."),
    attribute("profileUrl", "A page about the user.", { type: "reference", referenceTypes: ["external"] }),
    attribute("title", "The user's title, such as Vice President."),
    attribute("userType", "How the user relates to the organization, such as Contractor or Employee."),
    attribute("preferredLanguage", "The preferred languages, in the form of the Accept-Language header."),
    attribute("locale", "The locale for numbers, dates and currency, such as en-US."),
    attribute("timezone", "The time zone by its IANA name, such as America/Los_Angeles."),
    attribute("active", "Whether the user may use anything at all.", { type: "boolean" }),
    attribute("password", "A password: accepted from clients, never kept and never returned.", {
      mutability: "writeOnly",
      returned: "never",
    }),
    plural("emails", "Mail addresses.", {}, ["work", "home", "other"]),
    plural("phoneNumbers", "Telephone numbers.", {}, ["work", "home", "mobile", "fax", "pager", "other"]),
    plural("ims", "Instant messaging addresses.", {}, [
      "aim",
      "gtalk",
      "icq",
      "xmpp",
      "msn",
      "skype",
      "qq",
      "yahoo",
    ]),
    plural("photos", "Pictures of the user.", { type: "reference", referenceTypes: ["external"] }, [
      "photo",
      "thumbnail",
    ]),
    attribute("addresses", "Postal addresses.", {
      multiValued: true,
      subAttributes: [
        attribute("formatted", "The full address, formatted for a label."),
        attribute("streetAddress", "Street, house number, box."),
        attribute("locality", "City or locality."),
        attribute("region", "State or region."),
        attribute("postalCode", "Postal code."),
        attribute("country", "Country, as in ISO 3166-1 alpha-2."),
        attribute("type", "What the address is for.", { canonicalValues: ["work", "home", "other"] }),
        // Absent from the table of section 8.7.1, but in its examples, and sent by Okta and Google.
        attribute("primary", "Whether this is the preferred address; true at most once.", {
          type: "boolean",
        }),
      ],
    }),
    attribute("groups", "The groups of which the user is a member: changed by changing the groups.", {
      multiValued: true,
      mutability: "readOnly",
      subAttributes: [
        attribute("value", "The id of the group.", { mutability: "readOnly" }),
        attribute("$ref", "The URI of the group.", {
          type: "reference",
          referenceTypes: ["Group"],
          mutability: "readOnly",
        }),
        attribute("display", "The name of the group.", { mutability: "readOnly" }),
        attribute("type", "Whether the membership is direct.", {
          canonicalValues: ["direct"],
          mutability: "readOnly",
        }),
      ],
    }),
    plural("entitlements", "Things that the user is entitled to."),
    plural("roles", "Roles of the user."),
    plural("x509Certificates", "Certificates of the user, in DER.", { type: "binary", caseExact: true }),
  ],
};

/** Users, with the enterprise extension. */
export const userType: ResourceType = {
  name: "User",
  endpoint: "/Users",
  schema: userSchema,
  extensions: [enterpriseUserSchema],
};
