/** Extensions that a connector declares, over HTTP (RFC 7643, section 3.3). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Harness, type Reply, startHarness } from "../harness.ts";

const core = "urn:ietf:params:scim:schemas:core:2.0:User";
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const hr = "urn:example:hr:2.0:User";
// one URN may begin another
const site = "urn:example:hr:2.0:User:site";

let h: Harness;
let id: string;
let hired = 0;

beforeAll(async () => {
  h = await startHarness();
  await h.deploy(
    await h.release((release) => {
      const single = (type: string) => ({ type, multiValued: false });
      release.connectors.okta.extensions = {
        hr: {
          schema: hr,
          attributes: {
            badge: single("string"),
            remote: single("boolean"),
            floor: single("integer"),
            share: single("decimal"),
            hiredAt: single("dateTime"),
            skills: { type: "string", multiValued: true },
            levels: { type: "integer", multiValued: true },
          },
        },
        site: { schema: site, attributes: { city: single("string"), badge: single("string") } },
      };
    }),
  );
});
afterAll(() => h.stop());

const whole = {
  badge: "B-17",
  remote: true,
  floor: 3,
  share: 0.5,
  hiredAt: "2026-01-31T08:00:00Z",
  skills: ["hg", "Python"],
  levels: [1, 2],
};

beforeEach(async () => {
  hired += 1;
  id = (await h.scim("POST", "/Users", { userName: `u${hired}@example.com`, [hr]: whole })).body.id;
});

const patch = (...Operations: object[]): Promise<Reply> => h.scim("PATCH", `/Users/${id}`, { Operations });

test("a user with them is created, read back as sent, and lists their schema", async () => {
  const { status, body } = await h.scim("POST", "/Users", {
    schemas: [core, hr],
    userName: "ada@example.com",
    [hr]: whole,
  });
  expect([status, body.schemas, body[hr]]).toEqual([201, [core, hr], whole]);
  const read = await h.scim("GET", `/Users/${body.id}`);
  expect(read.body).toEqual(body);
});

test("schemas names an extension exactly where there is something in it", async () => {
  const named = async (body: object) =>
    (await h.scim("PUT", `/Users/${id}`, { userName: `u${hired}@example.com`, ...body })).body.schemas;
  expect(await named({ schemas: [core, hr, enterprise] })).toEqual([core]);
  for (const nothing of [{}, null, { badge: null }, { skills: [] }, { shoeSize: 4 }])
    expect(await named({ [hr]: nothing })).toEqual([core]);
  expect(await named({ [enterprise]: { department: "R&D" }, [hr]: { remote: false } })).toEqual([
    core,
    enterprise,
    hr,
  ]);
  // an unknown one is ignored, in schemas and beside
  const unknown = "urn:example:other:2.0:User";
  expect(await named({ schemas: [core, unknown], [unknown]: { a: 1 }, [site]: { city: "Oslo" } })).toEqual([
    core,
    site,
  ]);
});

test("PUT replaces the whole of them, whatever the case of names", async () => {
  const { body } = await h.scim("PUT", `/Users/${id}`, {
    userName: `u${hired}@example.com`,
    [hr.toUpperCase()]: { BADGE: "B-18", Remote: "False", skills: "solo" },
  });
  expect(body[hr]).toEqual({ badge: "B-18", remote: false, skills: ["solo"] });
});

describe("PATCH reaches them in every form of path", () => {
  test.each<[string, object[], object]>([
    ["add urn:attr", [{ op: "add", path: `${hr}:badge`, value: "B-18" }], { badge: "B-18" }],
    [
      "replace urn:attr, in another case",
      [{ op: "Replace", path: `${hr.toUpperCase()}:BADGE`, value: "x" }],
      { badge: "x" },
    ],
    ["remove urn:attr", [{ op: "remove", path: `${hr}:badge` }], { badge: undefined }],
    ["replace with null", [{ op: "replace", path: `${hr}:badge`, value: null }], { badge: undefined }],
    [
      "urn with a dot, as older jobs of Entra",
      [{ op: "Add", path: `${hr}.badge`, value: "x" }],
      { badge: "x" },
    ],
    ["add the urn", [{ op: "add", path: hr, value: { floor: 4, badge: "x" } }], { floor: 4, badge: "x" }],
    [
      "replace the urn",
      [{ op: "replace", path: hr, value: { floor: 4, badge: null } }],
      { floor: 4, badge: undefined },
    ],
    ["no path, the urn as a key", [{ op: "replace", value: { [hr]: { floor: 4 } } }], { floor: 4 }],
    [
      "no path, dotted keys",
      [{ op: "replace", value: { [`${hr}:floor`]: 4, [`${hr}.badge`]: "x" } }],
      { floor: 4, badge: "x" },
    ],
    [
      "add to a list",
      [{ op: "add", path: `${hr}:skills`, value: ["C", "hg"] }],
      { skills: ["hg", "Python", "C"] },
    ],
    ["add one to a list", [{ op: "add", path: `${hr}:levels`, value: 3 }], { levels: [1, 2, 3] }],
    ["add what is there, in another case", [{ op: "add", path: `${hr}:skills`, value: "PYTHON" }], {}],
    ["replace a list", [{ op: "replace", path: `${hr}:skills`, value: ["C"] }], { skills: ["C"] }],
    [
      "remove values of a list",
      [{ op: "Remove", path: `${hr}:skills`, value: ["python", "C"] }],
      { skills: ["hg"] },
    ],
    [
      "remove numbers of a list",
      [{ op: "remove", path: `${hr}:levels`, value: [1, 2] }],
      { levels: undefined },
    ],
    ["remove a list", [{ op: "remove", path: `${hr}:skills` }], { skills: undefined }],
  ])("%s", async (_, operations, expected) => {
    const { status, body, headers } = await patch(...operations);
    expect(status).toBe(200);
    expect(body[hr]).toEqual({ ...whole, ...expected });
    expect(headers.get("etag")).toBe(Object.keys(expected).length === 0 ? 'W/"1"' : 'W/"2"');
  });

  test("what is removed last takes the schema along", async () => {
    const { body } = await patch({ op: "remove", path: hr });
    expect([body.schemas, body[hr]]).toEqual([[core], undefined]);
    const again = await patch({ op: "add", path: `${hr}:floor`, value: 1 });
    expect([again.body.schemas, again.body[hr]]).toEqual([[core, hr], { floor: 1 }]);
    expect((await patch({ op: "remove", path: `${hr}:floor` })).body.schemas).toEqual([core]);
  });

  test("a URN that another begins with is not taken for it", async () => {
    const { body } = await patch(
      { op: "add", path: `${site}:city`, value: "Oslo" },
      { op: "replace", value: { [`${site}:badge`]: "S-1" } },
    );
    expect([body[hr], body[site]]).toEqual([whole, { city: "Oslo", badge: "S-1" }]);
    expect(body.schemas).toEqual([core, hr, site]);
  });

  test.each<[string, object, string]>([
    ["a filter on what has one value", { op: "remove", path: `${hr}:badge[value eq "hg"]` }, "invalidPath"],
    [
      "a day that is not",
      { op: "add", path: `${hr}:hiredAt`, value: "2026-02-30T08:00:00Z" },
      "invalidValue",
    ],
    ["base64 of no bytes", { op: "add", path: "x509Certificates", value: [{ value: "Y" }] }, "invalidValue"],
    ["a value of another type", { op: "add", path: `${hr}:floor`, value: "third" }, "invalidValue"],
    ["no object for a whole extension", { op: "add", path: hr, value: "x" }, "invalidValue"],
  ])("%s is refused", async (_, operation, scimType) => {
    const { status, body } = await patch(operation);
    expect([status, body.scimType]).toEqual([400, scimType]);
  });
});

test.each<[string, unknown, unknown]>([
  ["badge", "é", "é"],
  ["remote", "TRUE", true],
  ["floor", -4, -4],
  ["floor", 4, 4],
  ["share", 2, 2],
  ["share", -0.25, -0.25],
  ["hiredAt", "2026-01-31T08:00:00.125+01:00", "2026-01-31T08:00:00.125+01:00"],
  ["badge", ["one"], "one"],
])("%s takes %j", async (name, value, expected) => {
  const { body } = await patch({ op: "replace", path: `${hr}:${name}`, value });
  expect(body[hr][name]).toEqual(expected);
});

test.each<[string, unknown]>([
  ["badge", 17],
  ["badge", { a: "b" }],
  ["badge", ["one", "two"]],
  ["remote", "yes"],
  ["remote", 1],
  ["floor", 1.5],
  ["floor", "4th"],
  ["floor", 2 ** 60],
  ["share", "half"],
  ["hiredAt", "yesterday"],
  ["hiredAt", "2026-13-01T08:00:00Z"],
  ["hiredAt", "2026-01-31"],
  ["skills", ["hg", 4]],
  ["levels", [1, "two"]],
])("%s refuses %j, in POST, PUT and PATCH", async (name, value) => {
  const body = { userName: `refused${hired}@example.com`, [hr]: { [name]: value } };
  for (const reply of [
    await h.scim("POST", "/Users", body),
    await h.scim("PUT", `/Users/${id}`, body),
    await patch({ op: "add", path: `${hr}:${name}`, value }),
  ]) {
    expect([reply.status, reply.body.scimType]).toEqual([400, "invalidValue"]);
    expect(reply.body.detail).toContain(`${hr}:${name}: expected`);
  }
});

describe("answers show what is asked for", () => {
  const shown = async (query: string) => (await h.scim("GET", `/Users/${id}?${query}`)).body;

  test("one attribute, by its URN", async () => {
    const body = await shown(`attributes=${hr}:badge,${hr.toUpperCase()}:FLOOR`);
    expect(body).toEqual({ schemas: [core, hr], id, [hr]: { badge: "B-17", floor: 3 } });
  });

  test("the whole extension", async () => {
    expect(await shown(`attributes=${hr}`)).toEqual({ schemas: [core, hr], id, [hr]: whole });
  });

  test("without it, or a part of it", async () => {
    expect((await shown(`excludedAttributes=${hr}`))[hr]).toBeUndefined();
    const { skills: _, ...rest } = whole;
    expect((await shown(`excludedAttributes=${hr}:skills`))[hr]).toEqual(rest);
    expect((await shown("attributes=userName"))[hr]).toBeUndefined();
  });
});

test("an extension that is declared no longer is not shown, and its values are back when it is again", async () => {
  const own = await startHarness();
  const declared = await own.release((release) => {
    release.connectors.okta.extensions = {
      hr: { schema: hr, attributes: { badge: { type: "string", multiValued: false } } },
    };
  });
  const first = await own.deploy(declared);
  const made = await own.scim("POST", "/Users", { userName: "ada@example.com", [hr]: { badge: "B-17" } });
  const read = async () => (await own.scim("GET", `/Users/${made.body.id}`)).body;

  const second = await own.deploy(await own.release(), first);
  expect(await read()).toMatchObject({ schemas: [core] });
  expect(await read()).not.toHaveProperty([hr]);
  // it is no reason to keep somebody in, and changes nothing
  const operations = [
    { op: "add", path: `${hr}:badge`, value: "x" },
    { op: "replace", path: "active", value: false },
    { op: "replace", path: "active", value: true },
  ];
  const ignored = await own.scim("PATCH", `/Users/${made.body.id}`, { Operations: operations });
  expect(ignored).toMatchObject({ status: 200, body: { meta: { version: made.body.meta.version } } });
  await own.deploy(declared, second);
  expect(await read()).toEqual(made.body);
  await own.stop();
});
