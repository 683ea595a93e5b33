/** The identity provider of the story: the requests that Okta sends (developer.okta.com, "SCIM 2.0 protocol reference"). */
import { exchange } from "../../api/http.ts";

export interface IdentityProvider {
  /** Creates a group without members; answers its id. */
  createGroup(displayName: string): Promise<string>;
  /** Creates an active user; answers its id. */
  createUser(givenName: string, familyName: string, userName: string): Promise<string>;
  addMember(group: string, user: string): Promise<void>;
  removeMember(group: string, user: string): Promise<void>;
  deactivate(user: string): Promise<void>;
}

/** An identity provider that pushes to a SCIM base URL, whose certificate has this authority. */
export function identityProvider(base: string, token: string, ca: string): IdentityProvider {
  const send = async (method: string, path: string, body: object): Promise<string> => {
    const answer = await exchange({
      method,
      url: new URL(`${base}${path}`),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" },
      body: JSON.stringify(body),
      ca,
      timeout: 30_000,
    });
    if (!answer.ok) throw new Error(`${method} ${path} was not answered: ${answer.error.reason}`);
    const { status, body: text } = answer.value;
    if (status < 200 || status > 299) throw new Error(`${method} ${path} was answered ${status}: ${text}`);
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
