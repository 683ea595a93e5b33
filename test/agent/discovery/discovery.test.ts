/** What a client learns of the service (RFC 7644, section 4), held against what the service does. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";

const listSchema = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
const enterpriseUrn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";
const hrUrn = "urn:example:hr:2.0:User";
const base = "https://127.0.0.1:7480/scim/okta/v2";

interface Described {
  readonly name: string;
  readonly [characteristic: string]: unknown;
  readonly subAttributes?: readonly Described[];
}

let h: Harness;

beforeAll(async () => {
  h = await startHarness();
  await h.deploy(
    await h.release((release) => {
      release.variables.SCIM_PAGE_SIZE = { type: "page-size", value: 7 };
      release.connectors.okta.idp = "scim";
      release.connectors.okta.extensions = {
        hr: {
          schema: hrUrn,
          attributes: {
            badge: { type: "string", multiValued: false },
            floors: { type: "integer", multiValued: true },
          },
        },
      };
    }),
  );
});
afterAll(() => h.stop());

const found = (attributes: readonly Described[], path: string): Described => {
  const [first, ...rest] = path.split(".");
  const attribute = attributes.find(({ name }) => name === first);
  if (!attribute) throw new Error(`there is no ${path}`);
  return rest.length === 0 ? attribute : found(attribute.subAttributes ?? [], rest.join("."));
};

test("/ServiceProviderConfig says what is built, and with which page size", async () => {
  const { status, headers, body } = await h.scim("GET", "/ServiceProviderConfig");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toContain("application/scim+json");
  expect(body).toEqual({
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: 7 },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: "index",
      defaultPageSize: 7,
      maxPageSize: 7,
    },
    authenticationSchemes: [
      expect.objectContaining({ type: "oauthbearertoken", name: "OAuth Bearer Token", primary: true }),
    ],
    meta: { resourceType: "ServiceProviderConfig", location: `${base}/ServiceProviderConfig` },
  });
});

test("/ResourceTypes names both types, with the extensions that the connector declares", async () => {
  const { status, body } = await h.scim("GET", "/ResourceTypes?startIndex=2&count=1&attributes=name");
  expect([status, body.schemas, body.totalResults, body.itemsPerPage]).toEqual([200, [listSchema], 2, 2]);
  const [user, group] = body.Resources;
  expect(user).toMatchObject({
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
    id: "User",
    name: "User",
    endpoint: "/Users",
    schema: userUrn,
    schemaExtensions: [
      { schema: enterpriseUrn, required: false },
      { schema: hrUrn, required: false },
    ],
    meta: { resourceType: "ResourceType", location: `${base}/ResourceTypes/User` },
  });
  expect(group).toMatchObject({ id: "Group", endpoint: "/Groups", schema: groupUrn, schemaExtensions: [] });
  expect((await h.scim("GET", "/ResourceTypes/User")).body).toEqual(user);
  expect((await h.scim("GET", "/ResourceTypes/Group")).body).toEqual(group);
  expect((await h.scim("GET", "/ResourceTypes/Device")).status).toBe(404);
});

test("/Schemas holds each schema of those types, and each at its own address", async () => {
  const { status, body } = await h.scim("GET", "/Schemas");
  expect([status, body.schemas, body.totalResults]).toEqual([200, [listSchema], 4]);
  expect(body.Resources.map(({ id }: { id: string }) => id)).toEqual([
    userUrn,
    enterpriseUrn,
    hrUrn,
    groupUrn,
  ]);
  for (const schema of body.Resources) {
    expect(schema.schemas).toEqual(["urn:ietf:params:scim:schemas:core:2.0:Schema"]);
    expect(schema.meta).toEqual({ resourceType: "Schema", location: `${base}/Schemas/${schema.id}` });
    expect((await h.scim("GET", `/Schemas/${schema.id}`)).body).toEqual(schema);
    expect((await h.scim("GET", `/Schemas/${encodeURIComponent(schema.id).toLowerCase()}`)).body).toEqual(
      schema,
    );
  }
  expect((await h.scim("GET", "/Schemas/urn:example:other")).status).toBe(404);
});

describe("attributes say what is done with them", () => {
  const schema = async (urn: string): Promise<readonly Described[]> =>
    (await h.scim("GET", `/Schemas/${urn}`)).body.attributes;

  test("each has its characteristics, in the words of RFC 7643, section 7", async () => {
    const check = (attributes: readonly Described[]) => {
      for (const one of attributes) {
        expect(one).toMatchObject({
          type: expect.stringMatching(/^(string|boolean|decimal|integer|dateTime|reference|binary|complex)$/),
          multiValued: expect.any(Boolean),
          required: expect.any(Boolean),
          description: expect.stringMatching(/./),
          mutability: expect.stringMatching(/^(readOnly|readWrite|immutable|writeOnly)$/),
          returned: expect.stringMatching(/^(always|never|default|request)$/),
          uniqueness: expect.stringMatching(/^(none|server|global)$/),
        });
        expect(one.type === "complex").toBe(one.subAttributes !== undefined);
        expect(one.type === "reference").toBe(one.referenceTypes !== undefined);
        check(one.subAttributes ?? []);
      }
    };
    for (const urn of [userUrn, enterpriseUrn, hrUrn, groupUrn]) check(await schema(urn));
  });

  test("what is required is refused where it is missing, what is unique where it is another's", async () => {
    const user = await schema(userUrn);
    expect(found(user, "userName")).toMatchObject({ required: true, uniqueness: "server", caseExact: false });
    expect((await h.scim("POST", "/Users", { active: true })).body.scimType).toBe("invalidValue");
    await h.scim("POST", "/Users", { userName: "ada@example.com" });
    const twin = await h.scim("POST", "/Users", { userName: "ADA@example.com" });
    expect([twin.status, twin.body.scimType]).toEqual([409, "uniqueness"]);

    const group = await schema(groupUrn);
    expect(found(group, "displayName")).toMatchObject({
      required: true,
      uniqueness: "server",
      caseExact: false,
    });
    expect((await h.scim("POST", "/Groups", {})).body.scimType).toBe("invalidValue");
    await h.scim("POST", "/Groups", { displayName: "lunch" });
    const other = await h.scim("POST", "/Groups", { displayName: "LUNCH" });
    expect([other.status, other.body.scimType]).toEqual([409, "uniqueness"]);
  });

  test("what is readOnly, never returned, or a reference", async () => {
    const user = await schema(userUrn);
    expect(found(user, "groups")).toMatchObject({ mutability: "readOnly", multiValued: true });
    expect(found(user, "groups.$ref")).toMatchObject({ type: "reference", referenceTypes: ["Group"] });
    expect(found(user, "password")).toMatchObject({ mutability: "writeOnly", returned: "never" });
    expect(found(user, "emails.type").canonicalValues).toEqual(["work", "home", "other"]);
    // nested groups are refused
    const group = await schema(groupUrn);
    expect(found(group, "members.$ref")).toMatchObject({ referenceTypes: ["User"], mutability: "immutable" });
    expect(found(group, "members.type").canonicalValues).toEqual(["User"]);
    expect(found(group, "members.value")).toMatchObject({ required: true, mutability: "immutable" });
  });

  test("of a declared extension", async () => {
    expect(await schema(hrUrn)).toMatchObject([
      { name: "badge", type: "string", multiValued: false, caseExact: false, mutability: "readWrite" },
      { name: "floors", type: "integer", multiValued: true, required: false, returned: "default" },
    ]);
    // a number has no case
    expect(found(await schema(hrUrn), "floors").caseExact).toBeUndefined();
  });
});

test("a connector that brings users alone has no groups to tell of", async () => {
  const own = await startHarness();
  await own.deploy(
    await own.release((release) => {
      release.connectors.okta.auth.allow = ["users"];
      release.connectors.okta.groups = [];
      release.permissions = {};
      release.constraints = {};
      delete release.variables.SCIM_MAIL_DOMAIN;
    }),
  );
  const ids = async (path: string) =>
    (await own.scim("GET", path)).body.Resources.map(({ id }: { id: string }) => id);
  expect(await ids("/ResourceTypes")).toEqual(["User"]);
  expect(await ids("/Schemas")).toEqual([userUrn, enterpriseUrn]);
  expect((await own.scim("GET", "/ResourceTypes/Group")).status).toBe(404);
  expect((await own.scim("GET", `/Schemas/${groupUrn}`)).status).toBe(404);
  await own.stop();
});

const discovery = [
  "/ServiceProviderConfig",
  "/Schemas",
  `/Schemas/${userUrn}`,
  "/ResourceTypes",
  "/ResourceTypes/User",
];

test.each(discovery)("%s cannot be filtered or changed", async (path) => {
  const filtered = await h.scim("GET", `${path}?filter=${encodeURIComponent('name eq "User"')}`);
  expect([filtered.status, filtered.body.status]).toEqual([403, "403"]);
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    const reply = await h.scim(method, path, method === "DELETE" ? undefined : {});
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  }
});

test.each([
  ["GET", "/Me"],
  ["PUT", "/Me"],
  ["PATCH", "/Me"],
  ["DELETE", "/Me"],
  ["POST", "/Me"],
  ["GET", "/Me/photos"],
  ["POST", "/Bulk"],
])("%s %s is not implemented", async (method, path) => {
  const reply = await h.scim(method, path, method === "GET" || method === "DELETE" ? undefined : {});
  expect(reply.status).toBe(501);
  expect(reply.body).toEqual({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: "501",
    detail: expect.stringContaining("is not supported"),
  });
});

test("405 says what is available", async () => {
  const list = await h.scim("DELETE", "/Users");
  expect([list.status, list.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
  const options = await h.scim("OPTIONS", "/ResourceTypes");
  expect([options.status, options.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const one = await h.scim("POST", "/Groups/17", {});
  expect([one.status, one.headers.get("allow")]).toEqual([405, "GET, HEAD, PUT, PATCH, DELETE"]);
});

test.each([...discovery, "/Me", "/Bulk"])("%s asks for the token", async (path) => {
  expect((await h.scim("GET", path, undefined, "wrong")).status).toBe(401);
});
