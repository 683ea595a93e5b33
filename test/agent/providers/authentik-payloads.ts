/**
 * Requests of authentik's SCIM provider.
 *
 * Source: github.com/goauthentik/authentik, authentik/providers/scim/clients.
 */
import { patch } from "./provider.ts";

const [user, group] = ["User", "Group"].map((type) => `urn:ietf:params:scim:schemas:core:2.0:${type}`);

/** With the property mappings that it has by default. */
export const newUser = (userName: string, active = true) => ({
  schemas: [user],
  externalId: `${userName.length}f9c0d2b`,
  userName,
  name: { formatted: "Ann Thentik", givenName: "Ann", familyName: "Thentik" },
  displayName: "Ann Thentik",
  active,
  emails: [{ value: userName, type: "other", primary: true }],
});

export const newGroup = (displayName: string) => ({ schemas: [group], externalId: "7d3c", displayName });

/** One operation for each member. */
export const members = (op: "add" | "remove", ...ids: string[]) =>
  patch(...ids.map((value) => ({ op, path: "members", value: [{ value }] })));
