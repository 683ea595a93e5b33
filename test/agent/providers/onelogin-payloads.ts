/**
 * Requests of OneLogin's SCIM apps, whose body is a template of the administrator's.
 *
 * Source: scim.dev/guide/applications/onelogin, "OneLogin"; OneLogin KB0010298, "Introduction to User Provisioning".
 */

/** The template of the app "Core Schema": SCIM 1.1 by its URN, 2.0 in all else. */
export const oldUser = (userName: string) => ({
  schemas: ["urn:scim:schemas:core:1.0"],
  userName,
  name: { givenName: "Ona", familyName: "Login", formatted: "Ona Login" },
});

/** That of the app "SCIM v2 Enterprise". */
export const newUser = (userName: string) => ({
  schemas: [
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  ],
  userName,
  name: { givenName: "Ona", familyName: "Login" },
  emails: [{ value: userName, type: "work", primary: true }],
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "Development" },
});
