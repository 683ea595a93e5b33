/**
 * Requests as Okta documents them, with names of the sample release.
 *
 * Source: developer.okta.com, "Okta and SCIM Version 2.0".
 */
import { patch } from "./provider.ts";

const core = "urn:ietf:params:scim:schemas:core:2.0";

/** What follows every filter and list. */
export const page = (startIndex = 1) => `startIndex=${startIndex}&count=100`;

/** "Create the User". */
export const newUser = (userName: string) => ({
  schemas: [`${core}:User`],
  userName,
  name: { givenName: "Test", familyName: "User" },
  emails: [{ primary: true, value: userName, type: "work" }],
  displayName: "Test User",
  locale: "en-US",
  externalId: `00u-${userName}`,
  groups: [],
  password: "1mz050nq-not-to-be-kept",
  active: true,
});

/** "Update a specific User (PATCH)", which apps of the catalogue send. */
export const activate = (active: boolean) => patch({ op: "replace", value: { active } });

/** "Create Groups". */
export const newGroup = (displayName: string) => ({ schemas: [`${core}:Group`], displayName, members: [] });

const member = (id: string) => ({ value: id, display: "test.user@example.com" });

/** "Update specific Group membership". */
export const changeMembers = (removed: readonly string[], added: readonly string[]) =>
  patch(...removed.map((id) => ({ op: "remove", path: `members[value eq "${id}"]` })), {
    op: "add",
    path: "members",
    value: added.map(member),
  });

/** The same, "a full push of the membership". */
export const replaceMembers = (...ids: string[]) =>
  patch({ op: "replace", path: "members", value: ids.map(member) });

/** "Update a specific Group name". */
export const nameGroup = (id: string, displayName: string) =>
  patch({ op: "replace", value: { id, displayName } });

/** The whole group, as apps of the wizard PUT it. */
export const wholeGroup = (id: string, displayName: string, ...ids: string[]) => ({
  schemas: [`${core}:Group`],
  id,
  displayName,
  members: ids.map(member),
  meta: { resourceType: "Group" },
});
