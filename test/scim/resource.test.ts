import { describe, expect, it } from "vitest";
import type { Json } from "../../scim/json.ts";
import { normaliseGroup, normaliseUser } from "../../scim/resource.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const user = (body: Json) => {
  const result = normaliseUser(body);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
};
const refusal = (result: ReturnType<typeof normaliseUser> | ReturnType<typeof normaliseGroup>) =>
  result.ok ? undefined : `${result.error.code}: ${result.error.detail}`;

describe("normaliseUser", () => {
  it("reads what Okta creates", () => {
    // developer.okta.com, "Okta and SCIM Version 2.0", Create the User.
    const { resource, ignored } = user({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: "test.user@okta.local",
      name: { givenName: "Test", familyName: "User" },
      emails: [{ primary: true, value: "test.user@okta.local", type: "work" }],
      displayName: "Test User",
      locale: "en-US",
      externalId: "00ujl29u0le5T6Aj10h7",
      groups: [],
      password: "1mz050nq",
      active: true,
    });
    expect(JSON.stringify(resource)).toBe(
      JSON.stringify({
        externalId: "00ujl29u0le5T6Aj10h7",
        userName: "test.user@okta.local",
        name: { familyName: "User", givenName: "Test" },
        displayName: "Test User",
        locale: "en-US",
        active: true,
        emails: [{ value: "test.user@okta.local", type: "work", primary: true }],
      }),
    );
    expect(ignored).toEqual([]);
  });

  it("reads what Okta replaces: the whole resource as it was sent, with empty strings", () => {
    // Ibid., Update the User (PUT).
    const { resource } = user({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      id: "23a35c27-23d3-4c03-b4c5-6443c09e7173",
      userName: "test.user@okta.local",
      name: { givenName: "Another", middleName: "", familyName: "User" },
      emails: [
        { primary: true, value: "test.user@okta.local", type: "work", display: "test.user@okta.local" },
      ],
      active: true,
      groups: [],
      meta: { resourceType: "User" },
    });
    expect(resource).toEqual({
      userName: "test.user@okta.local",
      name: { givenName: "Another", middleName: "", familyName: "User" },
      emails: [
        { primary: true, value: "test.user@okta.local", type: "work", display: "test.user@okta.local" },
      ],
      active: true,
    });
  });

  it("reads what Entra creates, custom extension and all", () => {
    // learn.microsoft.com, "Develop and plan provisioning for a SCIM endpoint", Create User; "Customize
    // attribute mappings", extension attributes and roles.
    const { resource, ignored } = user({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User", enterprise],
      externalId: "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
      userName: "Test_User_00aa00aa",
      active: "True",
      emails: [{ primary: true, type: "work", value: "Test_User_11bb11bb@testuser.com" }],
      meta: { resourceType: "User" },
      name: { formatted: "givenName familyName", familyName: "familyName", givenName: "givenName" },
      roles: [
        { primary: "False", type: "WindowsAzureActiveDirectoryRole", displayName: "Admin", value: "Admin" },
      ],
      [enterprise]: { department: "Tour Operations", manager: "26118915-6090-4610-87e4-49d8ca9f808d" },
      "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User": { CustomAttribute: "701984" },
    });
    expect(resource).toEqual({
      externalId: "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
      userName: "Test_User_00aa00aa",
      name: { formatted: "givenName familyName", familyName: "familyName", givenName: "givenName" },
      active: true,
      emails: [{ value: "Test_User_11bb11bb@testuser.com", type: "work", primary: true }],
      roles: [{ value: "Admin", type: "WindowsAzureActiveDirectoryRole", primary: false }],
      [enterprise]: {
        department: "Tour Operations",
        manager: { value: "26118915-6090-4610-87e4-49d8ca9f808d" },
      },
    });
    expect(ignored).toEqual([
      "roles.displayName",
      "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User",
    ]);
  });

  it("reads what Google Workspace maps", () => {
    // Google publishes its attribute list (support.google.com/a, automated user provisioning), not its requests.
    const { resource } = user({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
      userName: "liz@example.com",
      name: { givenName: "Elizabeth", familyName: "Smith" },
      emails: [{ value: "liz@example.com", type: "work", primary: true }],
      phoneNumbers: [{ value: "+1 555 0100", type: "mobile" }],
      addresses: [{ type: "work", streetAddress: "1600 Amphitheatre Parkway", locality: "Mountain View" }],
      title: "",
      active: true,
      [enterprise]: { employeeNumber: "E-7", department: "Engineering" },
    });
    expect(resource.addresses).toEqual([
      { streetAddress: "1600 Amphitheatre Parkway", locality: "Mountain View", type: "work" },
    ]);
    expect(resource[enterprise]).toEqual({ employeeNumber: "E-7", department: "Engineering" });
  });

  it("takes names in any case, extensions too", () => {
    expect(
      user({ USERNAME: "ann", Name: { GIVENname: "Ann" }, [enterprise.toUpperCase()]: { Division: "x" } })
        .resource,
    ).toEqual({ userName: "ann", name: { givenName: "Ann" }, active: true, [enterprise]: { division: "x" } });
  });

  it.each<[string, Json, Json]>([
    ["a boolean as text", { active: "FALSE" }, { active: false }],
    [
      "a boolean as an old Entra job wraps it",
      { active: [{ $ref: null, value: "False" }] },
      { active: false },
    ],
    ["one value for many", { emails: { value: "a@b.c" } }, { emails: [{ value: "a@b.c" }] }],
    ["bare values", { roles: ["admin", "dev"] }, { roles: [{ value: "admin" }, { value: "dev" }] }],
    ["null, [] and {} as unassigned", { title: null, emails: [], name: {}, roles: [null, {}] }, {}],
    ["an unknown attribute", { shoeSize: 44, name: { nick: "x" } }, {}],
    ["what is read-only", { id: "1", meta: { version: "x" }, groups: [{ value: "g" }] }, {}],
    ["a password", { password: "t0p-secret" }, {}],
  ])("reads %s", (_, given, expected) => {
    expect(user({ userName: "ann", ...(given as object) }).resource).toEqual({
      userName: "ann",
      active: true,
      ...(expected as object),
    });
  });

  it.each<[Json, string]>([
    [{}, "invalidValue: userName: is required"],
    [{ userName: "  " }, "invalidValue: userName: is required"],
    [{ userName: null }, "invalidValue: userName: is required"],
    [
      { userName: 7 },
      "invalidValue: userName: expected a string of Unicode characters other than NUL, found a number",
    ],
    [{ userName: "a", active: "yes" }, "invalidValue: active: expected true or false, found a string"],
    [{ userName: "a", active: 1 }, "invalidValue: active: expected true or false, found a number"],
    [
      { userName: "a", name: { givenName: true } },
      "invalidValue: name.givenName: expected a string of Unicode characters other than NUL, found a boolean",
    ],
    [{ userName: "a", name: "Ann" }, "invalidValue: name: expected an object, found a string"],
    [
      { userName: "a", title: ["x", "y"] },
      "invalidValue: title: expected a string of Unicode characters other than NUL, found an array of 2",
    ],
    [
      { userName: "a", title: "\ud800" },
      "invalidValue: title: expected a string of Unicode characters other than NUL, found a string",
    ],
    [
      { userName: "a", emails: [{ value: ["a", "b"] }] },
      "invalidValue: emails.value: expected a string of Unicode characters other than NUL, found an array of 2",
    ],
    [
      { userName: "a", [enterprise]: { manager: 7 } },
      `invalidValue: ${enterprise}:manager: expected an object, found a number`,
    ],
    [
      {
        userName: "a",
        emails: [
          { value: "a", primary: true },
          { value: "b", primary: "true" },
        ],
      },
      'invalidValue: emails: "primary" may be true for one value only',
    ],
    [
      { userName: "a", x509Certificates: [{ value: "not base64!" }] },
      "invalidValue: x509Certificates.value: expected a string in base64, found a string",
    ],
    [
      { userName: "a", roles: Array(1001).fill("r") },
      "invalidValue: roles: has 1001 values; at most 1000 are kept",
    ],
    [[], "invalidSyntax: the body is an array of 0; expected a JSON object"],
    [{ userName: "a", schemas: "x" }, "invalidSyntax: schemas: expected an array of URNs"],
    [
      { userName: "a", schemas: ["urn:scim:schemas:core:1.1"] },
      "invalidSyntax: schemas: expected urn:ietf:params:scim:schemas:core:2.0:User among them",
    ],
  ])("refuses %j", (body, expected) => {
    expect(refusal(normaliseUser(body))).toBe(expected);
  });

  it("never repeats a value in an error", () => {
    const secret = "t0p-secret";
    const body = { userName: [secret, secret], active: secret, name: secret, emails: [{ primary: secret }] };
    expect(JSON.stringify(normaliseUser(body))).not.toContain(secret);
  });

  it("keeps a leaver out when PUT says nothing of active", () => {
    const put = (body: Json, active: boolean) => {
      const result = normaliseUser(body, { userName: "ann", active });
      return result.ok && result.value.resource.active;
    };
    expect(put({ userName: "ann" }, false)).toBe(false);
    expect(put({ userName: "ann", active: null }, false)).toBe(false);
    expect(put({ userName: "ann" }, true)).toBe(true);
    expect(put({ userName: "ann", active: "True" }, false)).toBe(true);
  });

  it("bounds what it reports", () => {
    const body: Record<string, Json> = { userName: "ann", ["x".repeat(10_000)]: 1 };
    for (let i = 0; i < 1000; i++) body[`unknown${i}`] = i;
    const { ignored } = user(body);
    expect(ignored).toHaveLength(50);
    expect(ignored[0]).toHaveLength(201);
  });
});

describe("normaliseGroup", () => {
  it("reads what Okta and Entra create", () => {
    // Okta: ibid., Create Groups. Entra: ibid., Create Group.
    expect(
      normaliseGroup({
        schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        displayName: "Test SCIMv2",
        members: [],
      }),
    ).toEqual({ ok: true, value: { resource: { displayName: "Test SCIMv2" }, members: [], ignored: [] } });
    expect(
      normaliseGroup({
        schemas: [
          "urn:ietf:params:scim:schemas:core:2.0:Group",
          "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ],
        externalId: "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
        displayName: "displayName",
        meta: { resourceType: "Group" },
      }),
    ).toEqual({
      ok: true,
      value: {
        resource: { externalId: "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159", displayName: "displayName" },
        members: [],
        ignored: [],
      },
    });
  });

  it("separates the members, each once, in order", () => {
    const result = normaliseGroup({
      displayName: "core",
      MEMBERS: [{ value: "b", display: "Bob" }, { Value: "a", $ref: null, Type: "user" }, "b", null],
      description: "from the directory",
    });
    expect(result.ok && result.value).toEqual({
      resource: { displayName: "core" },
      members: ["b", "a"],
      ignored: ["description"],
    });
  });

  it.each<[Json, string]>([
    [{}, "displayName: is required"],
    [
      { displayName: "a", members: [{ value: "g", type: "Group" }] },
      "members: nested groups are not supported: send their users",
    ],
    [
      { displayName: "a", members: [{ display: "Bob" }] },
      'members: expected the id of a user as "value", found an object without "value"',
    ],
    [{ displayName: "a", members: false }, 'members: expected the id of a user as "value", found a boolean'],
    [
      { displayName: "a", members: [{ value: "" }] },
      'members: expected the id of a user as "value", found an empty string',
    ],
  ])("refuses %j", (body, expected) => {
    expect(refusal(normaliseGroup(body))).toBe(`invalidValue: ${expected}`);
  });
});
