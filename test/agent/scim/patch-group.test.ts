import { describe, expect, it } from "vitest";
import type { Json } from "../../../agent/scim/json.ts";
import { patchGroup } from "../../../agent/scim/patch.ts";

const core = { displayName: "core" };
const patch = (operations: Json) =>
  patchGroup(core, { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations });
const changes = (operations: Json[]) => {
  const result = patch(operations);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.changes;
};
const refusal = (operation: Json) => {
  const result = patch([operation]);
  return result.ok ? undefined : `${result.error.status} ${result.error.scimType}: ${result.error.detail}`;
};
const onlyPaths =
  '400 invalidPath: Operations[0]: of members, a path may be "members" itself, or for remove members[value eq "id"]';

describe("patchGroup", () => {
  it("renames, as Okta and Entra do", () => {
    // developer.okta.com, "Okta and SCIM Version 2.0", Update a specific Group name.
    expect(patch([{ op: "replace", value: { id: "abf4dd94", displayName: "Test SCIMv2" } }])).toEqual({
      ok: true,
      value: { resource: { displayName: "Test SCIMv2" }, changes: [], ignored: [] },
    });
    // learn.microsoft.com, "Develop and plan provisioning for a SCIM endpoint", Update Group [Non-member attributes].
    expect(patch([{ op: "Replace", path: "displayName", value: "1879db59" }])).toEqual({
      ok: true,
      value: { resource: { displayName: "1879db59" }, changes: [], ignored: [] },
    });
    expect(core).toEqual({ displayName: "core" });
  });

  it.each<[string, Json[], unknown]>([
    [
      // Okta, ibid., Update specific Group membership.
      "Okta moves members",
      [
        { op: "remove", path: 'members[value eq "89bb1940"]' },
        { op: "add", path: "members", value: [{ value: "23a35c27", display: "test.user@okta.local" }] },
      ],
      [{ remove: ["89bb1940"] }, { add: ["23a35c27"] }],
    ],
    [
      "Okta replaces all members",
      [
        {
          op: "replace",
          path: "members",
          value: [
            { value: "a", display: "x" },
            { value: "b", display: "x" },
          ],
        },
      ],
      [{ replace: ["a", "b"] }],
    ],
    [
      // As reported in github.com/jelhub/scimgateway/issues/113.
      "Okta pushes an empty group",
      [{ op: "replace", value: { members: [], id: "viewer", displayName: "viewer" } }],
      [{ removeAll: true }],
    ],
    [
      // Microsoft, ibid., Update Group [Add Members].
      "Entra adds",
      [{ op: "Add", path: "members", value: [{ $ref: null, value: "f648f8d5" }] }],
      [{ add: ["f648f8d5"] }],
    ],
    [
      // Microsoft, "Known issues … with SCIM 2.0 protocol compliance", without the flag and with it.
      "Entra removes",
      [{ op: "Remove", path: "members", value: [{ $ref: null, value: "u1091" }] }],
      [{ remove: ["u1091"] }],
    ],
    [
      "Entra removes, compliant",
      [{ op: "remove", path: 'members[value eq "7f4bc1a3"]' }],
      [{ remove: ["7f4bc1a3"] }],
    ],
    ["Google adds one", [{ op: "add", path: "members", value: { value: "108" } }], [{ add: ["108"] }]],
    ["bare ids", [{ op: "replace", path: "members", value: ["a", "a", "b"] }], [{ replace: ["a", "b"] }]],
    ["removing all", [{ op: "remove", path: "members" }], [{ removeAll: true }]],
    ["removing none", [{ op: "remove", path: "members", value: [] }], []],
    [
      "removing a group",
      [{ op: "remove", path: "members", value: [{ value: "g", type: "Group" }] }],
      [{ remove: ["g"] }],
    ],
    ["adding none", [{ op: "add", path: "members", value: null }], []],
    [
      "joining neighbours",
      [
        { op: "remove", path: 'members[value eq "a"]' },
        { op: "remove", path: 'urn:ietf:params:scim:schemas:core:2.0:Group:Members[VALUE EQ "b"]' },
        { op: "remove", path: 'members[value eq "a"]' },
        { op: "add", value: { members: [{ value: "a" }] } },
        { op: "remove", path: 'members[value eq "b"]' },
      ],
      [{ remove: ["a", "b"] }, { add: ["a"] }, { remove: ["b"] }],
    ],
    [
      "dropping what is overwritten",
      [
        { op: "add", path: "members", value: ["a"] },
        { op: "remove", path: "members" },
        { op: "add", path: "members", value: ["b"] },
      ],
      [{ exist: ["a"] }, { removeAll: true }, { add: ["b"] }],
    ],
    [
      "that whoever was overwritten must exist all the same",
      [
        { op: "replace", path: "members", value: ["a"] },
        { op: "remove", path: 'members[value eq "b"]' },
        { op: "replace", path: "members", value: ["c"] },
      ],
      [{ exist: ["a"] }, { replace: ["c"] }],
    ],
  ])("understands %s", (_, operations, expected) => {
    expect(changes(operations)).toEqual(expected);
  });

  it.each<[Json, string]>([
    [{ op: "remove", path: 'members[display eq "Bob"]' }, onlyPaths],
    [{ op: "remove", path: 'members[value eq "a" or value eq "b"]' }, onlyPaths],
    [{ op: "remove", path: 'members[value ne "a"]' }, onlyPaths],
    [{ op: "remove", path: 'members[value eq "a"].display' }, onlyPaths],
    [{ op: "replace", path: 'members[value eq "a"]', value: { value: "b" } }, onlyPaths],
    [{ op: "add", path: "members.value", value: "b" }, onlyPaths],
    [
      { op: "add", path: "members", value: [{ value: "g", type: "Group" }] },
      "400 invalidValue: Operations[0]: members: nested groups are not supported: send their users",
    ],
    [
      { op: "replace", path: "members", value: [{ display: "Bob" }] },
      '400 invalidValue: Operations[0]: members: expected the id of a user as "value", found an object without "value"',
    ],
    [
      { op: "remove", path: "displayName" },
      "400 mutability: Operations[0]: displayName is required and cannot be removed",
    ],
    [
      { op: "replace", path: "meta.version", value: "x" },
      "400 mutability: Operations[0]: meta.version is read-only",
    ],
    [
      { op: "add", path: "description", value: "x" },
      '400 invalidPath: Operations[0]: Group has no attribute "description"',
    ],
  ])("refuses %j", (operation, expected) => {
    expect(refusal(operation)).toBe(expected);
  });

  it("answers nothing of a PATCH that fails later", () => {
    expect(
      patch([
        { op: "remove", path: "members" },
        { op: "replace", path: "displayName", value: 7 },
      ]),
    ).toMatchObject({ ok: false, error: { scimType: "invalidValue" } });
  });

  it("joins one operation a member into one change", () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `u${i}`);
    expect(changes(ids.map((id) => ({ op: "remove", path: `members[value eq "${id}"]` })))).toEqual([
      { remove: ids },
    ]);
  });
});
