/** Requests as identity providers send them, by provider. */

const operations = (...some: object[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: some,
});

/** A user as Okta puts it: everything, at every change. */
export const oktaUser = (userName: string, parts: object = {}) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName,
  name: { givenName: "Ann", familyName: "Lee" },
  emails: [{ primary: true, value: userName, type: "work" }],
  displayName: "Ann Lee",
  locale: "en-US",
  externalId: `okta-${userName}`,
  groups: [],
  active: true,
  ...parts,
});

export const oktaDeactivate = operations({ op: "replace", value: { active: false } });
export const oktaRemove = (id: string) => operations({ op: "remove", path: `members[value eq "${id}"]` });
export const oktaReplaceMembers = (...ids: string[]) =>
  operations({ op: "replace", path: "members", value: ids.map((value) => ({ value })) });

/** Entra before its aadOptscim062020 flag: capital letters, and booleans as text. */
export const entraDeactivate = operations({ op: "Replace", path: "active", value: "False" });
export const entraAdd = (...ids: string[]) =>
  operations({ op: "Add", path: "members", value: ids.map((value) => ({ $ref: null, value })) });
export const entraRemove = (...ids: string[]) =>
  operations({ op: "Remove", path: "members", value: ids.map((value) => ({ $ref: null, value })) });

/** Google suspends by a patch without a path, and with the capital letters of its own. */
export const googleSuspend = operations({ op: "replace", value: { active: false, displayName: "Ann Lee" } });
