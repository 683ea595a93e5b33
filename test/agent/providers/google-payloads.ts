/**
 * Requests of Google Workspace's automatic provisioning. Google documents the mapping, the events and the delays, and not
 * the requests: these are the forms that RFC 7644 has for them.
 *
 * Source: support.google.com/a/answer/7681608, "About automated user provisioning".
 */
import { patch } from "./provider.ts";

/** The mapping that Google proposes: Username, Name, Department. */
export const newUser = (userName: string, department: string) => ({
  schemas: [
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  ],
  userName,
  displayName: "Gil Moss",
  name: { givenName: "Gil", familyName: "Moss" },
  emails: [{ value: userName, type: "work", primary: true }],
  active: true,
  "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department },
});

/** A change of `active`: how it is sent, and with which body, for a user as it was read. */
export const setActive: Readonly<Record<string, (active: boolean, present: object) => [string, object]>> = {
  "PATCH with a path": (active) => ["PATCH", patch({ op: "replace", path: "active", value: active })],
  "PATCH without a path": (active) => [
    "PATCH",
    patch({ op: "replace", value: { active, displayName: "Gil Moss" } }),
  ],
  PUT: (active, present) => ["PUT", { ...present, active }],
};
