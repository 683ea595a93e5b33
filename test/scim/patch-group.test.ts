import { describe, expect, it } from "vitest";
import type { Json } from "../../scim/json.ts";
import type { MemberChange } from "../../scim/patch/member-changes.ts";
import { patchGroup } from "../../scim/patch/patch.ts";

const core = { displayName: "core" };
const patch = (operations: Json) =>
  patchGroup(core, { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations });
const members = (operations: Json[]) => {
  const result = patch(operations);
  if (!result.ok) throw new Error(result.error.detail);
  return result.value.members;
};
const some = Array.from({ length: 100 }, (_, i) => `u${i}`);
const none: MemberChange = { keepsOthers: true, add: [], remove: [], passing: [] };
const all = (change: Partial<MemberChange> = {}): MemberChange => ({
  ...none,
  keepsOthers: false,
  ...change,
});
const refusal = (operation: Json) => {
  const result = patch([operation]);
  return result.ok ? undefined : `${result.error.code}: ${result.error.detail}`;
};
const onlyPaths =
  'invalidPath: Operations[0]: of members, a path may be "members" itself, or for remove members[value eq "id"], several joined by or';

describe("patchGroup", () => {
  it("renames, as Okta and Entra do", () => {
    // developer.okta.com, "Okta and SCIM Version 2.0", Update a specific Group name.
    expect(patch([{ op: "replace", value: { id: "abf4dd94", displayName: "Test SCIMv2" } }])).toEqual({
      ok: true,
      value: { resource: { displayName: "Test SCIMv2" }, members: none, ignored: [] },
    });
    // learn.microsoft.com, "Develop and plan provisioning for a SCIM endpoint", Update Group [Non-member attributes].
    expect(patch([{ op: "Replace", path: "displayName", value: "1879db59" }])).toEqual({
      ok: true,
      value: { resource: { displayName: "1879db59" }, members: none, ignored: [] },
    });
    expect(core).toEqual({ displayName: "core" });
  });

  it.each<[string, Json[], Partial<MemberChange>]>([
    [
      // Okta, ibid., Update specific Group membership.
      "Okta moves members",
      [
        { op: "remove", path: 'members[value eq "89bb1940"]' },
        { op: "add", path: "members", value: [{ value: "23a35c27", display: "test.user@okta.local" }] },
      ],
      { remove: ["89bb1940"], add: ["23a35c27"] },
    ],
    [
      "several members leave by one filter, whatever else is said of one",
      [{ op: "remove", path: 'members[value eq "a" or (value eq "b" and type eq "User") or value eq "c"]' }],
      { remove: ["a", "b", "c"] },
    ],
    [
      "many leave by one filter",
      [{ op: "remove", path: `members[${some.map((id) => `value eq "${id}"`).join(" or ")}]` }],
      { remove: some },
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
      all({ add: ["a", "b"] }),
    ],
    [
      // As reported in github.com/jelhub/scimgateway/issues/113.
      "Okta pushes an empty group",
      [{ op: "replace", value: { members: [], id: "viewer", displayName: "viewer" } }],
      all(),
    ],
    [
      // Microsoft, ibid., Update Group [Add Members].
      "Entra adds",
      [{ op: "Add", path: "members", value: [{ $ref: null, value: "f648f8d5" }] }],
      { add: ["f648f8d5"] },
    ],
    [
      // Microsoft, "Known issues … with SCIM 2.0 protocol compliance", without the flag and with it.
      "Entra removes",
      [{ op: "Remove", path: "members", value: [{ $ref: null, value: "u1091" }] }],
      { remove: ["u1091"] },
    ],
    [
      "Entra removes, compliant",
      [{ op: "remove", path: 'members[value eq "7f4bc1a3"]' }],
      { remove: ["7f4bc1a3"] },
    ],
    ["Google adds one", [{ op: "add", path: "members", value: { value: "108" } }], { add: ["108"] }],
    ["bare ids", [{ op: "replace", path: "members", value: ["a", "a", "b"] }], all({ add: ["a", "b"] })],
    ["removing all", [{ op: "remove", path: "members" }], all()],
    ["removing none", [{ op: "remove", path: "members", value: [] }], {}],
    [
      "removing a group",
      [{ op: "remove", path: "members", value: [{ value: "g", type: "Group" }] }],
      { remove: ["g"] },
    ],
    ["adding none", [{ op: "add", path: "members", value: null }], {}],
    [
      "the last word of each",
      [
        { op: "remove", path: 'members[value eq "a"]' },
        { op: "remove", path: 'urn:ietf:params:scim:schemas:core:2.0:Group:Members[VALUE EQ "b"]' },
        { op: "remove", path: 'members[value eq "a"]' },
        { op: "add", value: { members: [{ value: "a" }] } },
        { op: "remove", path: 'members[value eq "b"]' },
      ],
      { remove: ["b"], add: ["a"] },
    ],
    [
      "dropping what is overwritten",
      [
        { op: "add", path: "members", value: ["a"] },
        { op: "remove", path: "members" },
        { op: "add", path: "members", value: ["b"] },
      ],
      all({ add: ["b"], passing: ["a"] }),
    ],
    [
      "that whoever was overwritten must exist all the same",
      [
        { op: "replace", path: "members", value: ["a"] },
        { op: "remove", path: 'members[value eq "b"]' },
        { op: "replace", path: "members", value: ["c"] },
      ],
      all({ add: ["c"], passing: ["a"] }),
    ],
  ])("understands %s", (_, operations, expected) => {
    expect(members(operations)).toEqual({ ...none, ...expected });
  });

  it.each<[Json, string]>([
    [{ op: "remove", path: 'members[display eq "Bob"]' }, onlyPaths],
    [{ op: "remove", path: 'members[value eq "a" or display eq "Bob"]' }, onlyPaths],
    [{ op: "remove", path: 'members[value ne "a"]' }, onlyPaths],
    [{ op: "remove", path: 'members[value eq "a"].display' }, onlyPaths],
    [{ op: "replace", path: 'members[value eq "a"]', value: { value: "b" } }, onlyPaths],
    [{ op: "add", path: "members.value", value: "b" }, onlyPaths],
    [
      { op: "add", path: "members", value: [{ value: "g", type: "Group" }] },
      "invalidValue: Operations[0]: members: nested groups are not supported: send their users",
    ],
    [
      { op: "replace", path: "members", value: [{ display: "Bob" }] },
      'invalidValue: Operations[0]: members: expected the id of a user as "value", found an object without "value"',
    ],
    [
      { op: "remove", path: "displayName" },
      "mutability: Operations[0]: displayName is required and cannot be removed",
    ],
    [
      { op: "replace", path: "meta.version", value: "x" },
      "mutability: Operations[0]: meta.version is read-only",
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
    ).toMatchObject({ ok: false, error: { code: "invalidValue" } });
  });

  it("joins one operation a member into one change", () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => `u${i}`);
    const operations = ids.map((id) => ({ op: "remove", path: `members[value eq "${id}"]` }));
    expect(members(operations)).toEqual({ ...none, remove: ids });
  });
});
