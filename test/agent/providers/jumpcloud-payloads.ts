/**
 * Requests of JumpCloud's custom SCIM integration. JumpCloud documents what it does and not the requests: these are the
 * forms that RFC 7644 has for them.
 *
 * Source: jumpcloud.com/support, "Identity Management using a Custom SCIM Integration".
 */

/** The attributes that are exported as the integration is set up. */
export const newUser = (userName: string) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName,
  name: { givenName: "Jun", familyName: "Cloud" },
  displayName: "Jun Cloud",
  emails: [{ value: userName, type: "work", primary: true }],
  active: true,
});

export const newGroup = (displayName: string, ...ids: string[]) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
  displayName,
  members: ids.map((value) => ({ value })),
});
