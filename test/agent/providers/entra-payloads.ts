/**
 * Requests as Microsoft documents them, with names of the sample release; "flag" is `?aadOptscim062020` in the Tenant URL.
 *
 * Sources: learn.microsoft.com/entra/identity/app-provisioning, the pages "Develop and plan provisioning for a SCIM
 * endpoint", "Known issues and resolutions with SCIM 2.0 protocol compliance" and "Customize attribute mappings".
 */
import { patch } from "./provider.ts";

const core = "urn:ietf:params:scim:schemas:core:2.0";
export const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** "Create User". */
export const newUser = (userName: string, parts: object = {}) => ({
  schemas: [`${core}:User`, enterprise],
  externalId: `ext-${userName}`,
  userName,
  active: true,
  emails: [{ primary: true, type: "work", value: userName }],
  meta: { resourceType: "User" },
  name: { formatted: "givenName familyName", familyName: "familyName", givenName: "givenName" },
  roles: [],
  ...parts,
});

/** "Example 2. Provision a user": nulls, names outside their extension, and a URN without its last colon. */
export const newUserWithNulls = (userName: string) => ({
  schemas: [`${core}:User`, "urn:ietf:params:scim:schemas:extension:enterprise:2.0User"],
  externalId: "jyoung",
  userName,
  active: true,
  addresses: null,
  displayName: "Joy Young",
  emails: [{ type: "work", value: userName, primary: true }],
  meta: { resourceType: "User" },
  name: { familyName: "Young", givenName: "Joy" },
  phoneNumbers: null,
  preferredLanguage: null,
  title: null,
  department: null,
  manager: null,
});

/** "Requests made to disable users", without the flag and with it. */
export const setActive = {
  withoutFlag: (active: boolean) =>
    patch({ op: "Replace", path: "active", value: active ? "True" : "False" }),
  withFlag: (active: boolean) => patch({ op: "replace", path: "active", value: active }),
};

/** "Requests made to add a single-value string attribute", without the flag. */
export const addNickName = patch({ op: "Add", path: "nickName", value: "Babs" });

/** "Requests to replace multiple attributes", without the flag and with it. */
export const replaceSeveral = {
  withoutFlag: patch(
    { op: "Replace", path: "displayName", value: "Pvlo" },
    { op: "Replace", path: 'emails[type eq "work"].value', value: "Bcwqnm@example.com" },
    { op: "Replace", path: "name.givenName", value: "Gtfd" },
    { op: "Replace", path: "name.familyName", value: "Pkqf" },
    { op: "Replace", path: "externalId", value: "Eqpj" },
    { op: "Replace", path: `${enterprise}:employeeNumber`, value: "Eqpj" },
  ),
  withFlag: patch(
    { op: "replace", path: 'emails[type eq "work"].value', value: "Mhvaes@example.com" },
    {
      op: "replace",
      value: {
        displayName: "Bjfe",
        "name.givenName": "Kkom",
        "name.familyName": "Unua",
        [`${enterprise}:employeeNumber`]: "Aklq",
      },
    },
  ),
};

/** "Create Group". */
export const newGroup = (displayName: string) => ({
  schemas: [`${core}:Group`, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
  externalId: `ext-${displayName}`,
  displayName,
  meta: { resourceType: "Group" },
});

const listed = (ids: readonly string[]) => ids.map((value) => ({ $ref: null, value }));

/** "Update Group [Add Members]" and "[Remove Members]". */
export const addMembers = (...ids: string[]) => patch({ op: "Add", path: "members", value: listed(ids) });
export const removeMembers = {
  withoutFlag: (...ids: string[]) => patch({ op: "Remove", path: "members", value: listed(ids) }),
  withFlag: (id: string) => patch({ op: "remove", path: `members[value eq "${id}"]` }),
};

/** "Update Group [Non-member attributes]". */
export const nameGroup = (displayName: string) =>
  patch({ op: "Replace", path: "displayName", value: displayName });

/** "Example 5. Request to update a user". */
export const addManager = (id: string) =>
  patch({ op: "Add", path: "manager", value: [{ $ref: `http://localhost/scim/Users/${id}`, value: id }] });

/** "Provisioning a role to a SCIM app", its expressions SingleAppRoleAssignment and AssertiveAppRoleAssignmentsComplex. */
export const postedRole = (value: string) => ({
  primary: true,
  type: "WindowsAzureActiveDirectoryRole",
  value,
});
export const singleRole = (op: "Add" | "Replace", value: string) =>
  patch({ op, path: 'roles[primary eq "True"].value', value });
export const addRoles = (...values: string[]) =>
  patch({
    op: "Add",
    path: "roles",
    value: values.map((value) => ({
      value: JSON.stringify({ id: "06b07648-ecfe-589f-9d2f-6325724a46ee", value, displayName: value }),
    })),
  });
export const replaceRoles = (...values: string[]) =>
  patch({
    op: "replace",
    path: "roles",
    value: values.map((value) => ({
      primary: false,
      type: "WindowsAzureActiveDirectoryRole",
      display: value,
      value,
    })),
  });
