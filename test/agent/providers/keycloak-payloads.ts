/**
 * Requests of the SCIM extension of Keycloak, which itself sends none.
 *
 * Source: github.com/mitodl/keycloak-scim, UserAdapter.java and GroupAdapter.java.
 */

const schema = (type: "User" | "Group") => `urn:ietf:params:scim:schemas:core:2.0:${type}`;

/** A user; with an id, as each change sends it. */
export const user = (userName: string, { id, active = true }: { id?: string; active?: boolean } = {}) => ({
  schemas: [schema("User")],
  ...(id && { id, meta: { location: `Users/${id}` } }),
  externalId: `kc-${userName}`,
  userName,
  displayName: "Kim Cloak",
  active,
  emails: [{ value: userName, primary: true }],
  roles: [],
});

/** A group: without members, it has no attribute of that name. */
export const group = (displayName: string, members: readonly string[], id?: string) => ({
  schemas: [schema("Group")],
  ...(id && { id, meta: { location: `Groups/${id}` } }),
  externalId: `kc-${displayName}`,
  displayName,
  ...(members.length > 0 && { members: members.map((value) => ({ value, $ref: `Users/${value}` })) }),
});
