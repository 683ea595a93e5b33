import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../scim/json.ts";
import { maxUserOperations, patchUser } from "../../scim/patch/patch.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const ann: JsonObject = {
  externalId: "0a21",
  userName: "ann@example.com",
  name: { familyName: "Lee", givenName: "Ann" },
  active: true,
  emails: [
    { value: "ann@example.com", type: "work", primary: true },
    { value: "ann@home.example", type: "home" },
  ],
  [enterprise]: { department: "Engineering", manager: { value: "26118915" } },
};

const message = (operations: Json) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: operations,
});
const patched = (operations: Json[], present = ann) => {
  const result = patchUser(present, message(operations));
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.detail}`);
  return result.value;
};
/** The resource after the operations, without what is as it was. */
const changed = (operations: Json[], present = ann) => {
  const { resource } = patched(operations, present);
  const names = new Set([...Object.keys(resource), ...Object.keys(present)]);
  return Object.fromEntries(
    [...names]
      .filter((name) => JSON.stringify(resource[name]) !== JSON.stringify(present[name]))
      .map((name) => [name, resource[name]]),
  );
};
const refusal = (body: Json) => {
  const result = patchUser(ann, body);
  return result.ok ? undefined : `${result.error.code}: ${result.error.detail}`;
};

describe("patchUser", () => {
  // learn.microsoft.com, "Known issues and resolutions with SCIM 2.0 protocol compliance", with and without the flag.
  it.each<[string, Json[], object]>([
    ["disables", [{ op: "Replace", path: "active", value: "False" }], { active: false }],
    ["disables, compliant", [{ op: "replace", path: "active", value: false }], { active: false }],
    ["adds a string", [{ op: "Add", path: "nickName", value: "Babs" }], { nickName: "Babs" }],
    [
      "replaces several attributes",
      [
        { op: "Replace", path: "displayName", value: "Pvlo" },
        { op: "Replace", path: 'emails[type eq "work"].value', value: "TestBcwqnm@test.microsoft.com" },
        { op: "Replace", path: "name.givenName", value: "Gtfd" },
        { op: "Replace", path: "name.familyName", value: "Pkqf" },
        { op: "Replace", path: "externalId", value: "Eqpj" },
        { op: "Replace", path: `${enterprise}:employeeNumber`, value: "Eqpj" },
      ],
      {
        externalId: "Eqpj",
        displayName: "Pvlo",
        name: { familyName: "Pkqf", givenName: "Gtfd" },
        emails: [
          { value: "TestBcwqnm@test.microsoft.com", type: "work", primary: true },
          { value: "ann@home.example", type: "home" },
        ],
        [enterprise]: { employeeNumber: "Eqpj", department: "Engineering", manager: { value: "26118915" } },
      },
    ],
    [
      "replaces several attributes, compliant",
      [
        { op: "replace", path: 'emails[type eq "work"].value', value: "TestMhvaes@test.microsoft.com" },
        {
          op: "replace",
          value: {
            displayName: "Bjfe",
            "name.givenName": "Kkom",
            "name.familyName": "Unua",
            [`${enterprise}:employeeNumber`]: "Aklq",
          },
        },
      ],
      {
        displayName: "Bjfe",
        name: { familyName: "Unua", givenName: "Kkom" },
        emails: [
          { value: "TestMhvaes@test.microsoft.com", type: "work", primary: true },
          { value: "ann@home.example", type: "home" },
        ],
        [enterprise]: { employeeNumber: "Aklq", department: "Engineering", manager: { value: "26118915" } },
      },
    ],
    [
      "adds what a filter describes",
      [
        { op: "Add", path: 'phoneNumbers[type eq "mobile"].value', value: "555-555-5555" },
        { op: "Replace", path: 'addresses[type eq "work"].streetAddress', value: "1 Way" },
        { op: "Replace", path: 'addresses[type eq "work"].locality', value: "Oslo" },
      ],
      {
        phoneNumbers: [{ value: "555-555-5555", type: "mobile" }],
        addresses: [{ streetAddress: "1 Way", locality: "Oslo", type: "work" }],
      },
    ],
    [
      // "Customize attribute mappings", Provisioning a role: SingleAppRoleAssignment.
      "assigns a role by its primary",
      [{ op: "Replace", path: 'roles[primary eq "True"].value', value: "Admin" }],
      { roles: [{ value: "Admin", primary: true }] },
    ],
    [
      // Ibid., AppRoleAssignmentsComplex.
      "adds roles as text",
      [{ op: "Add", path: "roles", value: [{ value: '{"id":"06b07648","value":"25"}' }] }],
      { roles: [{ value: '{"id":"06b07648","value":"25"}' }] },
    ],
    [
      "names a manager",
      [{ op: "Add", path: `${enterprise}:manager`, value: "5d48a0a8" }],
      { [enterprise]: { department: "Engineering", manager: { value: "5d48a0a8" } } },
    ],
    [
      "names a manager as older jobs do",
      [{ op: "Add", path: `${enterprise}.manager`, value: [{ $ref: null, value: "5d48a0a8" }] }],
      { [enterprise]: { department: "Engineering", manager: { value: "5d48a0a8" } } },
    ],
    [
      "takes the manager away",
      [{ op: "Remove", path: `${enterprise}:manager` }],
      { [enterprise]: { department: "Engineering" } },
    ],
  ])("Entra %s", (_, operations, expected) => {
    expect(changed(operations)).toEqual(expected);
  });

  // developer.okta.com, "Okta and SCIM Version 2.0", Update a specific User (PATCH).
  it.each<[string, Json[], object]>([
    ["deactivates", [{ op: "replace", value: { active: false } }], { active: false }],
    ["syncs a password", [{ op: "replace", value: { password: "t0p-secret" } }], {}],
    ["sends the id along", [{ op: "replace", value: { id: "23a35c27", active: false } }], { active: false }],
  ])("Okta %s", (_, operations, expected) => {
    expect(changed(operations)).toEqual(expected);
  });

  // RFC 7644, section 3.5.2.
  it.each<[string, Json[], object]>([
    [
      "adds a value and a string without a path",
      [{ op: "add", value: { emails: [{ value: "babs@jensen.org", type: "other" }], nickname: "Babs" } }],
      { nickName: "Babs", emails: [...(ann.emails as Json[]), { value: "babs@jensen.org", type: "other" }] },
    ],
    ["adds a value once", [{ op: "add", path: "emails", value: (ann.emails as Json[])[1] as Json }], {}],
    [
      "amends the value that has the same type and value",
      [{ op: "add", path: "emails", value: { value: "ANN@home.example", type: "home", display: "Home" } }],
      {
        emails: [
          { value: "ann@example.com", type: "work", primary: true },
          { value: "ANN@home.example", display: "Home", type: "home" },
        ],
      },
    ],
    [
      "replaces all values",
      [{ op: "replace", path: "emails", value: [{ value: "x@y.z" }] }],
      { emails: [{ value: "x@y.z" }] },
    ],
    [
      "replaces the values that match",
      [{ op: "replace", path: 'emails[type eq "home"]', value: { value: "x@y.z", type: "other" } }],
      { emails: [(ann.emails as Json[])[0], { value: "x@y.z", type: "other" }] },
    ],
    [
      "merges into a complex attribute",
      [{ op: "replace", path: "name", value: { givenName: "Anna", middleName: null } }],
      { name: { familyName: "Lee", givenName: "Anna" } },
    ],
    [
      "merges into an extension",
      [{ op: "add", value: { [enterprise.toLowerCase()]: { Division: "R&D", manager: { value: "x" } } } }],
      { [enterprise]: { division: "R&D", department: "Engineering", manager: { value: "x" } } },
    ],
    ["removes an attribute", [{ op: "remove", path: "name" }], { name: undefined }],
    ["removes a sub-attribute", [{ op: "remove", path: "NAME.familyname" }], { name: { givenName: "Ann" } }],
    ["removes an extension", [{ op: "remove", path: enterprise }], { [enterprise]: undefined }],
    [
      "removes the values that match",
      [{ op: "remove", path: 'emails[type eq "home" and value ew ".EXAMPLE"]' }],
      { emails: [(ann.emails as Json[])[0]] },
    ],
    ["removes the last values", [{ op: "remove", path: "emails[value pr]" }], { emails: undefined }],
    [
      "removes a sub-attribute of the values that match",
      [{ op: "remove", path: "emails[primary eq true].primary" }],
      { emails: [{ value: "ann@example.com", type: "work" }, (ann.emails as Json[])[1]] },
    ],
    ["removes nothing where nothing matches", [{ op: "remove", path: 'emails[type eq "fax"]' }], {}],
    [
      "removes the listed values",
      [{ op: "Remove", path: "emails", value: [{ $ref: null, value: "ANN@home.example" }] }],
      { emails: [(ann.emails as Json[])[0]] },
    ],
    ["removes nothing when none are listed", [{ op: "remove", path: "emails", value: [] }], {}],
    [
      "sets a sub-attribute of all values",
      [{ op: "replace", path: "emails.display", value: "Ann" }],
      {
        emails: [
          { value: "ann@example.com", display: "Ann", type: "work", primary: true },
          { value: "ann@home.example", display: "Ann", type: "home" },
        ],
      },
    ],
    [
      "keeps one primary",
      [{ op: "replace", path: 'emails[type eq "home"].primary', value: "True" }],
      {
        emails: [
          { value: "ann@example.com", type: "work", primary: false },
          { value: "ann@home.example", type: "home", primary: true },
        ],
      },
    ],
    [
      "keeps one primary when another is added, the old one amended beside it",
      [
        {
          op: "add",
          path: "emails",
          value: [
            { value: "ann@example.com", type: "work", display: "A" },
            { value: "n@e.w", primary: true },
          ],
        },
      ],
      {
        emails: [
          { value: "ann@example.com", display: "A", type: "work", primary: false },
          { value: "ann@home.example", type: "home" },
          { value: "n@e.w", primary: true },
        ],
      },
    ],
    ["unassigns by null", [{ op: "replace", path: "emails", value: null }], { emails: undefined }],
    ["adds nothing by null", [{ op: "add", path: "emails", value: null }], {}],
    [
      "unassigns one value by an empty list",
      [{ op: "add", path: "name.givenName", value: [] }],
      { name: { familyName: "Lee" } },
    ],
    [
      "uses the core schema's URN",
      [{ op: "add", path: "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", value: "A" }],
      { name: { familyName: "Lee", givenName: "A" } },
    ],
    ["forgets a password", [{ op: "replace", path: "password", value: "t0p-secret" }], {}],
    [
      "applies operations in order",
      [
        { op: "add", path: "title", value: "a" },
        { op: "replace", path: "title", value: "b" },
        { op: "add", path: "nickName", value: "c" },
        { op: "remove", path: "nickName" },
      ],
      { title: "b" },
    ],
  ])("%s", (_, operations, expected) => {
    expect(changed(operations)).toEqual(expected);
  });

  it("takes active away when its assertion is taken away", () => {
    for (const operation of [
      { op: "remove", path: "active" },
      { op: "replace", path: "active", value: null },
      { op: "replace", value: { ACTIVE: null } },
      { op: "Replace", path: "active", value: [{ $ref: null, value: "False" }] },
      { op: "Add", value: { active: "false" } },
    ]) {
      expect(changed([operation])).toEqual({ active: false });
    }
  });

  it("reports what it does not know in a value, and goes on", () => {
    const { resource, ignored } = patched([
      {
        op: "add",
        value: { title: "x", shoeSize: 4, "name.nick": "y", "urn:x:y:z": 1, [enterprise]: { floor: 3 } },
      },
      { op: "add", path: "roles", value: [{ value: "a", id: "7" }] },
    ]);
    expect(resource.title).toBe("x");
    expect(ignored).toEqual(["shoeSize", "name.nick", "urn:x:y:z", `${enterprise}:floor`, "roles.id"]);
  });

  it("reads paths as names in a value without a path", () => {
    const { resource, ignored } = patched([
      {
        op: "Add",
        value: {
          schemas: ["urn:x"],
          'emails[type eq "other"].value': "o@example.com",
          "urn:ietf:params:scim:schemas:core:2.0:User:title": "Dr",
          'emails[type eq "wo': "lost",
        },
      },
    ]);
    expect(resource.emails).toEqual([...(ann.emails as Json[]), { value: "o@example.com", type: "other" }]);
    expect(resource.title).toBe("Dr");
    // without its filter, which could hold what is nobody's business
    expect(ignored).toEqual(["emails"]);
    const bad = { op: "add", value: { 'emails[type is "work"].value': "x" } };
    expect(refusal(message([bad]))).toMatch(
      /^invalidFilter: Operations\[0\]: at character 6: expected one of eq/,
    );
  });

  it("keeps equal resources equal in JSON, whatever the order of changes", () => {
    const one = patched([
      { op: "add", path: "title", value: "t" },
      { op: "add", path: "displayName", value: "d" },
    ]);
    const other = patched([{ op: "add", value: { displayName: "d", title: "t" } }]);
    expect(JSON.stringify(one.resource)).toBe(JSON.stringify(other.resource));
    expect(JSON.stringify(patched([{ op: "replace", path: "active", value: true }]).resource)).toBe(
      JSON.stringify(ann),
    );
  });

  it.each<[Json, string]>([
    [{ op: "remove" }, "noTarget: Operations[0]: remove needs a path"],
    [{ op: "remove", path: "" }, "noTarget: Operations[0]: remove needs a path"],
    [{ op: "replace", path: "title" }, "invalidValue: Operations[0]: replace needs a value"],
    [
      { op: "move", path: "title" },
      'invalidSyntax: Operations[0]: op: expected add, replace or remove, found "move"',
    ],
    [{ path: "title" }, "invalidSyntax: Operations[0]: op: expected add, replace or remove, found null"],
    ["x", "invalidSyntax: Operations[0]: expected an object with op, path and value, found a string"],
    [{ op: "add", path: 7, value: 1 }, "invalidPath: Operations[0]: path: expected a string, found a number"],
    [
      { op: "add", path: "__proto__.polluted", value: 1 },
      'invalidPath: Operations[0]: the path "__proto__.polluted" is malformed; expected attr, attr.sub or attr[filter].sub',
    ],
    [
      { op: "add", path: "name.givenName.x", value: 1 },
      'invalidPath: Operations[0]: the path "name.givenName.x" is malformed; expected attr, attr.sub or attr[filter].sub',
    ],
    [
      { op: "add", path: "emails[", value: 1 },
      'invalidPath: Operations[0]: the path "emails" is malformed; expected attr, attr.sub or attr[filter].sub',
    ],
    [
      { op: "add", path: 'name[givenName eq "x"]', value: 1 },
      "invalidPath: Operations[0]: name has no values to choose from by a filter",
    ],
    [
      { op: "add", path: "shoeSize[type is 4]", value: 1 },
      'invalidFilter: Operations[0]: at character 6: expected one of eq, ne, co, sw, ew, gt, ge, lt, le, pr, found "is"',
    ],
    [
      { op: "add", path: 'emails[size eq "work"].value', value: 1 },
      'invalidFilter: Operations[0]: emails has no sub-attribute "size"',
    ],
    [
      { op: "add", path: "emails[type].value", value: 1 },
      "invalidFilter: Operations[0]: at character 5: expected one of eq, ne, co, sw, ew, gt, ge, lt, le, pr, found the end",
    ],
    [
      { op: "add", path: 'emails[primary gt "true"].value', value: 1 },
      "invalidFilter: Operations[0]: emails.primary is a boolean: it cannot be compared by gt",
    ],
    [
      { op: "replace", path: 'emails[type eq "fax"]', value: { value: "x" } },
      "noTarget: Operations[0]: no value of emails matches the filter",
    ],
    [
      { op: "replace", path: 'emails[type ne "work" and value sw "z"].value', value: "x" },
      "noTarget: Operations[0]: no value of emails matches the filter",
    ],
    [
      { op: "replace", path: "ims.display", value: "x" },
      "noTarget: Operations[0]: ims has no value whose display could be set",
    ],
    [{ op: "replace", path: "id", value: "x" }, "mutability: Operations[0]: id is read-only"],
    [
      { op: "add", path: "groups", value: [{ value: "g" }] },
      "mutability: Operations[0]: groups is read-only",
    ],
    [
      { op: "add", path: `${enterprise}:manager.displayName`, value: "x" },
      `mutability: Operations[0]: ${enterprise}:manager.displayName is read-only`,
    ],
    [
      { op: "remove", path: "userName" },
      "mutability: Operations[0]: userName is required and cannot be removed",
    ],
    [
      { op: "replace", value: { userName: null } },
      "mutability: Operations[0]: userName is required and cannot be removed",
    ],
    [{ op: "replace", path: "userName", value: "" }, "invalidValue: userName: is required"],
    [
      { op: "replace", path: "active", value: "maybe" },
      "invalidValue: Operations[0]: active: expected true or false, found a string",
    ],
    [
      { op: "replace", value: "x" },
      "invalidValue: Operations[0]: without a path, value must be an object of attributes",
    ],
    [
      {
        op: "add",
        path: "emails",
        value: [
          { value: "a", primary: true },
          { value: "b", primary: true },
        ],
      },
      'invalidValue: Operations[0]: emails: "primary" may be true for one value only',
    ],
    [
      { op: "replace", path: "emails.primary", value: true },
      'invalidValue: Operations[0]: emails: "primary" may be true for one value only',
    ],
  ])("refuses %j", (operation, expected) => {
    expect(refusal(message([operation]))).toBe(expected);
  });

  it("refuses what is no PATCH message", () => {
    expect(refusal([])).toBe("invalidSyntax: the body is an array of 0; expected a JSON object");
    for (const body of [{}, { Operations: [] }, { Operations: {} }]) {
      expect(refusal(body)).toBe("invalidSyntax: Operations: expected an array of one operation or more");
    }
    expect(refusal({ ...message([]), schemas: ["urn:x"] })).toMatch(/^invalidSyntax: schemas: expected urn:/);
    expect(refusal(message(Array(maxUserOperations + 1).fill({ op: "remove", path: "title" })))).toBe(
      "tooLarge: Operations: 201 are too many; at most 200 in one request",
    );
    // Some clients leave the schemas out, or write the names in lower case.
    expect(patchUser(ann, { operations: [{ OP: "REPLACE", Path: "Active", VALUE: "false" }] }).ok).toBe(true);
  });

  it("is all or nothing", () => {
    const before = JSON.stringify(ann);
    expect(
      refusal(
        message([
          { op: "replace", path: "active", value: false },
          { op: "remove", path: "emails" },
          { op: "add", path: "title", value: 1 },
        ]),
      ),
    ).toBe(
      "invalidValue: Operations[2]: title: expected a string of Unicode characters other than NUL, found a number",
    );
    expect(JSON.stringify(ann)).toBe(before);
  });

  it("bounds the work that it makes", () => {
    const roles = (from: number) => Array.from({ length: 1000 }, (_, i) => ({ value: `r${from + i}` }));
    const present = { ...ann, roles: roles(0) };
    const remove = { op: "remove", path: "roles", value: roles(5000) };
    expect(changed([remove, remove], present)).toEqual({});
    expect(patchUser(present, message([remove, remove, remove]))).toEqual({
      ok: false,
      error: {
        code: "tooLarge",
        detail: "Operations[2]: it compares values more than 2000000 times: send it in parts",
      },
    });
    expect(
      refusal(message([{ op: "remove", path: `roles[${Array(9).fill("type pr").join(" or ")}]` }])),
    ).toBe("invalidFilter: Operations[0]: a filter on roles may have 8 comparisons; this one has 9");
    expect(refusal(message([{ op: "add", path: "title", value: "x".repeat(1024 * 1024) }]))).toBe(
      "tooLarge: the user would be larger than 256 KiB",
    );
  });

  it("bounds the values of an attribute", () => {
    const values = (from: number) => Array.from({ length: 900 }, (_, i) => ({ value: `r${from + i}` }));
    expect(
      refusal(
        message([
          { op: "add", path: "roles", value: values(0) },
          { op: "add", path: "roles", value: values(900) },
        ]),
      ),
    ).toBe("invalidValue: Operations[1]: roles: would have 1800 values; at most 1000 are kept");
  });
});

describe("values of a multi-valued attribute", () => {
  const roles = (...values: JsonObject[]): JsonObject => ({ ...ann, roles: values });
  const lead: JsonObject = { value: "lead", display: "Lead", type: "core" };
  const rolesAfter = (present: JsonObject, ...operations: Json[]) =>
    patched(operations, present).resource.roles;

  it.each<[string, JsonObject[], Json, JsonObject[]]>([
    ["the same", [lead], lead, [lead]],
    ["its value alone", [lead], { value: "lead" }, [lead]],
    ["a bare value", [lead], "lead", [lead]],
    ["in another case and form", [lead], { value: "ＬEAD" }, [{ ...lead, value: "ＬEAD" }]],
    ["with what was not known", [{ value: "lead" }], lead, [lead]],
    [
      "twice at once",
      [],
      [{ value: "lead" }, { value: "lead", type: "core" }],
      [{ value: "lead", type: "core" }],
    ],
    ["another display", [lead], { value: "lead", display: "Boss" }, [{ ...lead, display: "Boss" }]],
    ["for another use", [lead], { value: "lead", type: "docs" }, [lead, { value: "lead", type: "docs" }]],
    [
      "of two uses the one that is named",
      [lead, { value: "lead", type: "docs" }],
      { value: "lead", type: "core", primary: true },
      [
        { ...lead, primary: true },
        { value: "lead", type: "docs" },
      ],
    ],
    ["without a value", [{ display: "x" }], { display: "x" }, [{ display: "x" }]],
    ["another one", [lead], { value: "leads" }, [lead, { value: "leads" }]],
  ])("add is no second entry: %s", (_, present, value, after) => {
    const sorted = (values: Json | undefined) =>
      (values as JsonObject[]).map((one) => Object.entries(one).sort());
    const before = present.length > 0 ? roles(...present) : ann;
    expect(sorted(rolesAfter(before, { op: "add", path: "roles", value }))).toEqual(sorted(after));
    expect(sorted(rolesAfter(before, { op: "Add", value: { roles: value } }))).toEqual(sorted(after));
  });

  it("add of what is there changes nothing", () => {
    expect(
      changed([{ op: "add", path: "roles", value: [lead, { value: "LEAD" }, lead] }], roles(lead)),
    ).toEqual({});
    expect(changed([{ op: "add", path: "emails", value: { value: "ann@home.example" } }])).toEqual({});
  });

  it.each<[string, JsonObject[], Json, JsonObject[] | undefined]>([
    ["the full object", [{ value: "lead" }], { ...lead, primary: false }, undefined],
    ["another display", [lead], { value: "lead", display: "Boss" }, undefined],
    ["what nobody knows beside it", [lead], { value: "lead", id: "7", $ref: "x" }, undefined],
    ["a bare value", [lead, { value: "x" }], ["lead"], [{ value: "x" }]],
    ["for another use", [lead], { value: "lead", type: "docs" }, [lead]],
    [
      "of two uses the one that is named",
      [lead, { value: "lead", type: "docs" }],
      lead,
      [{ value: "lead", type: "docs" }],
    ],
    ["of two uses any", [lead, { value: "lead", type: "docs" }], { value: "Lead" }, undefined],
    ["a use without a value", [lead, { value: "x" }], { type: "core" }, [{ value: "x" }]],
    ["another value", [lead], { value: "leads" }, [lead]],
  ])("remove takes the value out: %s", (_, present, value, after) => {
    expect(rolesAfter(roles(...present), { op: "remove", path: "roles", value })).toEqual(after);
  });
});
