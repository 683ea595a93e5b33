/** The list over all resource types: at the base URL, and at `.search` there. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, startHarness } from "../harness.ts";
import { staff } from "../people.ts";

let h: Harness;
let ids: Map<string, string>;
beforeAll(async () => {
  h = await startHarness(["core/api"]);
  await h.deploy(await h.release());
  ids = await staff(h, { "core-team": ["ada", "bob"], engineering: ["ada", "bob", "cy"], empty: [] });
});
afterAll(() => h.stop());

const everybody = [
  "ada@example.com",
  "bob@example.com",
  "cy@example.com",
  "core-team",
  "engineering",
  "empty",
];
const searchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const namesIn = (body: { Resources: Record<string, string>[] }) =>
  body.Resources.map(({ userName, displayName }) => userName ?? displayName);

const list = async (query: Readonly<Record<string, string | number>> = {}) => {
  const texts = Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]);
  return h.scim("GET", `?${new URLSearchParams(texts)}`);
};
const found = async (filter: string) => namesIn((await list({ filter })).body);

test.each(["", "/", "//"])("the base address itself answers what there is: %j", async (path) => {
  const { status, headers, body } = await h.scim("GET", path);
  expect(status).toBe(200);
  expect(headers.get("content-type")).toMatch(/^application\/scim\+json/);
  expect(body).toMatchObject({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: 6,
    startIndex: 1,
    itemsPerPage: 6,
  });
  expect(namesIn(body)).toEqual(everybody);
  expect(body.Resources[3]).toMatchObject({ meta: { resourceType: "Group" }, members: expect.any(Array) });
  // a resource is the same as at its own address
  expect(body.Resources[0]).toEqual((await h.scim("GET", `/Users/${ids.get("ada")}`)).body);
});

test("it is for whoever has a token, and for reading alone", async () => {
  expect((await h.scim("GET", "", undefined, "guess")).status).toBe(401);
  const written = await h.scim("POST", "", { userName: "dee@example.com" });
  expect(written.status).toBe(405);
  expect(written.headers.get("allow")).toBe("GET, HEAD");
  expect((await h.scim("HEAD", "/")).status).toBe(200);
  expect((await h.scim("GET", "x/Users")).status).toBe(404);
});

test.each<[string, string[]]>([
  ['displayName sw "e"', ["engineering", "empty"]],
  ['userName sw "A" or displayName eq "Core-Team"', ["ada@example.com", "core-team"]],
  ["externalId pr", []],
  ["userName pr", everybody.slice(0, 3)],
  ["members pr", ["core-team", "engineering"]],
  ["not (userName pr)", everybody.slice(3)],
  // what a type does not have differs from everything (as where a resource has no value)
  ['userName ne "ada@example.com"', everybody.slice(1)],
  ["userName eq null", everybody.slice(3)],
  ['members[value eq "nobody"] or userName eq "cy@example.com"', ["cy@example.com"]],
  ['meta.resourceType eq "Group"', everybody.slice(3)],
  ['displayName eq "empty" and userName pr', []],
])("filtered by %s", async (filter, names) => {
  expect(await found(filter)).toEqual(names);
  const searched = await h.scim("POST", "/.search", { schemas: [searchRequest], filter });
  expect(namesIn(searched.body)).toEqual(names);
});

test("every page is the next part of one list, whatever type it falls on", async () => {
  for (let count = 0; count <= 7; count++)
    for (let startIndex = 1; startIndex <= 8; startIndex++) {
      const { body } = await list({ startIndex, count });
      expect(body).toMatchObject({ totalResults: 6, startIndex });
      expect(namesIn(body)).toEqual(everybody.slice(startIndex - 1, startIndex - 1 + count));
    }
});

test("attributes are those of each type, and what cannot be is refused", async () => {
  const { body } = await list({
    attributes: "userName,members",
    filter: 'displayName eq "empty" or userName sw "cy"',
  });
  expect(body.Resources.map((one: object) => Object.keys(one).sort())).toEqual([
    ["id", "schemas", "userName"],
    ["id", "members", "schemas"],
  ]);
  const refusals: [Record<string, string>, string][] = [
    [{ sortBy: "displayName" }, "invalidValue"],
    [{ cursor: "" }, "invalidValue"],
    [{ filter: 'shoeSize eq "44"' }, "invalidFilter"],
    [{ filter: 'userName eq "a" and (' }, "invalidFilter"],
    // of a type that only one of them has
    [{ filter: "active gt true" }, "invalidFilter"],
  ];
  for (const [query, scimType] of refusals)
    expect(await list(query)).toMatchObject({ status: 400, body: { scimType } });
});

test("a token that may use users alone sees users alone", async () => {
  const one = await startHarness(["core/api"]);
  try {
    await one.deploy(
      await one.release((release) => {
        release.connectors.okta.auth.allow = ["users"];
        release.connectors.okta.groups = [{ name: "everybody", when: "user.active" }];
        release.permissions = { docs: { repositories: ["docs"], read: ["okta/everybody"], write: [] } };
      }),
    );
    await one.scim("POST", "/Users", { userName: "ada@example.com" });
    expect(namesIn((await one.scim("GET", "")).body)).toEqual(["ada@example.com"]);
    const groups = await one.scim("GET", `?filter=${encodeURIComponent('displayName eq "engineering"')}`);
    expect(groups.body.totalResults).toBe(0);
  } finally {
    await one.stop();
  }
});
