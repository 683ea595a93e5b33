/** The identity provider of the story: the requests that Okta sends (developer.okta.com, "SCIM 2.0 protocol reference"). */

export interface IdentityProvider {
  /** Creates a group without members; answers its id. */
  createGroup(displayName: string): Promise<string>;
  /** Creates an active user; answers its id. */
  createUser(givenName: string, familyName: string, userName: string): Promise<string>;
  addMember(group: string, user: string): Promise<void>;
  removeMember(group: string, user: string): Promise<void>;
  deactivate(user: string): Promise<void>;
}

/** An identity provider that pushes to a SCIM base URL. */
export function identityProvider(base: string, token: string): IdentityProvider {
  const send = async (method: string, path: string, body: object): Promise<string> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return text === "" ? "" : String((JSON.parse(text) as { id: string }).id);
  };
  const patch = (path: string, ...Operations: object[]) =>
    send("PATCH", path, { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations });

  return {
    createGroup: (displayName) =>
      send("POST", "/Groups", {
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        displayName,
        members: [],
      }),
    createUser: (givenName, familyName, userName) =>
      send("POST", "/Users", {
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
        userName,
        name: { givenName, familyName },
        emails: [{ primary: true, value: userName, type: "work" }],
        displayName: `${givenName} ${familyName}`,
        locale: "en-US",
        externalId: `00u${Buffer.from(userName).toString("hex").slice(0, 17)}`,
        groups: [],
        active: true,
      }),
    async addMember(group, user) {
      await patch(`/Groups/${group}`, { op: "add", path: "members", value: [{ value: user }] });
    },
    async removeMember(group, user) {
      await patch(`/Groups/${group}`, { op: "remove", path: `members[value eq "${user}"]` });
    },
    async deactivate(user) {
      await patch(`/Users/${user}`, { op: "replace", value: { active: false } });
    },
  };
}
