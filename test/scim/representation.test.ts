import { describe, expect, it } from "vitest";
import { groupType } from "../../model/scim/group.ts";
import { userType } from "../../model/scim/user.ts";
import { projection } from "../../scim/projection.ts";
import { etag, listResponse, represent, type Stored } from "../../scim/representation.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const core = "urn:ietf:params:scim:schemas:core:2.0:User";
const base = "https://hg.example.com/scim/okta/v2";

const ann: Stored = {
  id: "2819c223",
  created: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  lastModified: Date.UTC(2026, 1, 1),
  version: "7",
  resource: {
    externalId: "0a21",
    userName: "ann",
    name: { familyName: "Lee", givenName: "Ann" },
    active: true,
    emails: [{ value: "ann@example.com", type: "work", primary: true }],
    [enterprise]: { department: "Engineering", manager: { value: "26118915" } },
  },
  groups: [{ id: "g1", display: "core" }],
};
const group: Stored = {
  ...{ id: "g/1", created: 0, lastModified: 0, version: "a" },
  resource: { displayName: "core" },
  members: [{ id: "2819c223", display: "ann" }, { id: "x" }],
};

describe("represent", () => {
  it("sends a user whole", () => {
    expect(represent(userType, ann, base)).toEqual({
      schemas: [core, enterprise],
      id: "2819c223",
      ...ann.resource,
      groups: [{ value: "g1", $ref: `${base}/Groups/g1`, display: "core", type: "direct" }],
      meta: {
        resourceType: "User",
        created: "2026-01-02T03:04:05.006Z",
        lastModified: "2026-02-01T00:00:00.000Z",
        location: `${base}/Users/2819c223`,
        version: 'W/"7"',
      },
    });
    expect(etag("7")).toBe('W/"7"');
  });

  it("sends a group whole", () => {
    expect(represent(groupType, group, base)).toMatchObject({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"],
      displayName: "core",
      members: [
        { value: "2819c223", $ref: `${base}/Users/2819c223`, display: "ann", type: "User" },
        { value: "x", $ref: `${base}/Users/x`, type: "User" },
      ],
      meta: { resourceType: "Group", location: `${base}/Groups/g%2F1` },
    });
  });

  it.each<[string, string | undefined, string | undefined, object]>([
    ["userName", "userName", undefined, { userName: "ann" }],
    ["names in any case", "USERNAME, active", undefined, { userName: "ann", active: true }],
    [
      "a sub-attribute",
      "name.givenName,emails.value",
      undefined,
      {
        name: { givenName: "Ann" },
        emails: [{ value: "ann@example.com" }],
      },
    ],
    [
      "a URN and a name",
      `${core}:userName,${enterprise}:department`,
      undefined,
      {
        userName: "ann",
        [enterprise]: { department: "Engineering" },
      },
    ],
    ["an extension", enterprise.toLowerCase(), undefined, { [enterprise]: ann.resource[enterprise] }],
    [
      "an extension's sub-attribute",
      `${enterprise}:manager.value`,
      undefined,
      {
        [enterprise]: { manager: { value: "26118915" } },
      },
    ],
    ["nothing that exists", "shoeSize,__proto__", undefined, {}],
    [
      "all but some",
      undefined,
      `groups,meta,emails,name.familyName,${enterprise}`,
      {
        externalId: "0a21",
        userName: "ann",
        name: { givenName: "Ann" },
        active: true,
      },
    ],
    [
      "a name that one extension has",
      "department",
      undefined,
      { [enterprise]: { department: "Engineering" } },
    ],
    [
      "no object of which everything is left out",
      "userName,name,emails,active",
      "name.givenName,name.familyName,name.formatted,emails.value,emails.type,emails.primary",
      { userName: "ann", active: true },
    ],
    ["some but not all of it", "name", "name.familyName", { name: { givenName: "Ann" } }],
    [
      "what must always be sent",
      undefined,
      `id,schemas,externalId,userName,name,active,emails,groups,meta,${enterprise}`,
      {},
    ],
  ])("sends %s", (_, attributes, excludedAttributes, expected) => {
    const wanted = projection(userType, {
      ...(attributes !== undefined && { attributes }),
      ...(excludedAttributes !== undefined && { excludedAttributes }),
    });
    expect(represent(userType, ann, base, wanted)).toEqual({
      schemas: [core, enterprise],
      id: "2819c223",
      ...expected,
    });
  });

  it("tells beforehand whether members are wanted", () => {
    expect(projection(groupType, {}).has("members")).toBe(true);
    expect(projection(groupType, { attributes: "" }).has("members")).toBe(true);
    expect(projection(groupType, { excludedAttributes: "Members" }).has("members")).toBe(false);
    expect(projection(groupType, { attributes: ["displayName", "members.value"] }).has("members")).toBe(true);
    expect(projection(groupType, { attributes: "displayName" }).has("members")).toBe(false);
  });

  it("never sends a password, not even one that was stored", () => {
    const leaked = { ...ann, resource: { ...ann.resource, password: "t0p-secret" } };
    for (const query of [{}, { attributes: "password" }, { excludedAttributes: "name" }]) {
      expect(JSON.stringify(represent(userType, leaked, base, projection(userType, query)))).not.toContain(
        "t0p",
      );
    }
  });
});

describe("listResponse", () => {
  it("counts the page and the whole", () => {
    expect(listResponse([{ id: "a" }], 7, 3)).toEqual({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
      totalResults: 7,
      startIndex: 3,
      itemsPerPage: 1,
      Resources: [{ id: "a" }],
    });
  });
});
