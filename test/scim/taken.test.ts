/** What a request takes away, whatever stands beside it. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../scim/json.ts";
import { maxUserOperations } from "../../scim/patch/patch.ts";
import { patchDeactivates, patchTakesMembers, putDeactivates, putTakesMembers } from "../../scim/taken.ts";

const core = "urn:ietf:params:scim:schemas:core:2.0:User";
const patch = (...Operations: Json[]) => ({ Operations });
const off: Json = { op: "Replace", path: "active", value: "False" };
const on: Json = { op: "replace", path: "active", value: true };

describe("a PATCH of a user deactivates", () => {
  test.each<[string, Json[]]>([
    ["before a value of the wrong type", [off, { op: "replace", path: "title", value: {} }]],
    ["behind one", [{ op: "replace", path: "title", value: {} }, off]],
    ["in the same value", [{ op: "replace", value: { title: {}, active: false, "emails[]": 1 } }]],
    ["beside a path that is none", [off, { op: "add", path: "a b", value: 1 }]],
    ["beside a filter that is none", [off, { op: "remove", path: "emails[type is 1]" }]],
    ["beside what is read-only", [off, { op: "replace", path: "id", value: "7" }]],
    ["beside what is required", [off, { op: "remove", path: "userName" }]],
    ["beside what finds nothing", [off, { op: "replace", path: 'emails[type eq "x"]', value: {} }]],
    ["beside an operation without a value", [off, { op: "add", path: "title" }]],
    ["beside a removal without a path", [{ op: "remove" }, off]],
    ["beside a path that is a number", [{ op: "add", path: 7, value: 7 }, off]],
    ["by its last word", [on, off]],
    ["by its last word that is understood", [off, { op: "replace", path: "active", value: "perhaps" }]],
    ["by null", [{ op: "replace", value: { ACTIVE: null, title: 7 } }]],
    ["by removing it", [{ op: "remove", path: `${core}:active` }]],
    [
      "in a list, as old jobs have it",
      [{ op: "add", path: "active", value: [{ $ref: null, value: "False" }] }],
    ],
    ["behind the schema", [{ op: "replace", path: core, value: { active: false, title: 7 } }]],
  ])("%s", (_, operations) => {
    expect(patchDeactivates(patch(...operations)).deactivates).toBe(true);
  });

  test.each<[string, Json]>([
    ["where its last word is another", patch(off, on, { op: "replace", path: "title", value: {} })],
    ["where nothing is said", patch({ op: "replace", path: "title", value: {} })],
    [
      "where only another attribute is called so",
      patch({ op: "replace", path: "urn:x:active", value: false }),
    ],
    ["where nothing of it is understood", patch({ op: "replace", path: "active", value: 0 })],
    ["where an operation is none: it is no PATCH message", patch(off, { op: "move", path: "title" })],
    ["with another schema", { schemas: ["urn:x"], ...patch(off) }],
    ["without operations", { operations: {} }],
    ["of too many operations", patch(...Array(maxUserOperations + 1).fill(off))],
  ])("not %s", (_, body) => {
    expect(patchDeactivates(body).deactivates).toBe(false);
  });
});

test.each<[Json, boolean]>([
  [{ userName: "ann", active: false, emails: 7 }, true],
  [{ ACTIVE: "False" }, true],
  [{ [core]: { active: false }, userName: "" }, true],
  [{ [`${core}:active`]: [{ value: "false" }], userName: 7 }, true],
  [{ active: true, userName: 7 }, false],
  [{ userName: 7 }, false],
  // nobody is let in by what is not there, and nobody is shut out
  [{ active: null, userName: 7 }, false],
  [{ active: "perhaps" }, false],
  [{ active: false, [`${core}:active`]: true }, false],
  [{ active: false, schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"] }, false],
  [[{ active: false }], false],
])("a whole user that is %j deactivates: %s", (body, expected) => {
  expect(putDeactivates(body).deactivates).toBe(expected);
});

const stay = { keepsOthers: true, add: [], remove: [], passing: [] };
const value = (...ids: string[]) => ids.map((value) => ({ value }));

describe("of members, a PATCH takes", () => {
  const nested = { value: "g", type: "Group" };
  test.each<[string, Json[], object, object, boolean]>([
    [
      "who is removed beside who cannot be read",
      [
        { op: "Remove", path: "members", value: value("x") },
        { op: "Add", path: "members", value: [{}] },
      ],
      { ...stay, remove: ["x"] },
      { ...stay, remove: ["x"] },
      true,
    ],
    [
      "who is removed by a filter, in a list with what is none",
      [
        { op: "remove", path: 'members[value eq "x"]' },
        { op: "remove", path: "members", value: [...value("y"), 5] },
      ],
      { ...stay, remove: ["x", "y"] },
      { ...stay, remove: ["x", "y"] },
      false,
    ],
    [
      "whom the last word takes",
      [
        { op: "add", value: { members: value("x"), displayName: 7 } },
        { op: "remove", path: "members", value: value("x", "y") },
        { op: "add", path: "members", value: value("y") },
      ],
      { keepsOthers: true, add: ["y"], remove: ["x"], passing: ["x"] },
      { ...stay, remove: ["x", "y"] },
      true,
    ],
    [
      "everybody but whom it adds then",
      [
        { op: "remove", path: "members" },
        { op: "add", path: "members", value: value("y") },
      ],
      { keepsOthers: false, add: ["y"], remove: [], passing: [] },
      { keepsOthers: false, add: [], remove: [], passing: [] },
      true,
    ],
    [
      "whoever is not in the list, unless nobody in it is known",
      [{ op: "replace", value: { members: [...value("y"), nested], displayName: "" } }],
      { keepsOthers: false, add: ["y"], remove: [], passing: [] },
      stay,
      true,
    ],
    [
      "nobody by a list of what is none",
      [{ op: "replace", path: "members", value: 7 }],
      { ...stay, keepsOthers: false },
      stay,
      true,
    ],
    [
      "nobody where an operation is none",
      [{ op: "remove", path: "members" }, { op: "jump" }],
      stay,
      stay,
      false,
    ],
  ])("%s", (_, operations, whole, removals, names) => {
    expect(patchTakesMembers(patch(...operations))).toEqual({ whole, removals, names, ignored: [] });
  });

  test.each<[Json, object | undefined]>([
    [
      { displayName: 7, members: value("y") },
      { whole: { ...stay, keepsOthers: false, add: ["y"] }, names: true },
    ],
    [
      { displayName: 7, members: [{}] },
      { whole: { ...stay, keepsOthers: false }, names: true },
    ],
    [
      { displayName: 7, members: [] },
      { whole: { ...stay, keepsOthers: false }, names: false },
    ],
    // what is not there is no list, where the rest is not understood either
    [{ displayName: 7 }, undefined],
    [{ displayName: 7, members: null }, undefined],
    [{ displayName: 7, members: [], schemas: ["urn:x"] }, undefined],
  ])("a whole group that is %j", (body, expected) => {
    expect(putTakesMembers(body)).toEqual(expected && { removals: stay, ignored: [], ...expected });
  });
});

test("what no schema knows is named, whatever is done", () => {
  const named = { shoeSize: 4, [`${core}:costGroup`]: 7, title: {} };
  const ignored = ["shoeSize", "costGroup"];
  expect(putDeactivates({ active: false, ...named })).toEqual({ deactivates: true, ignored });
  expect(patchDeactivates(patch({ op: "add", value: named }, off))).toEqual({ deactivates: true, ignored });
  expect(putTakesMembers({ members: [], shoeSize: 4, displayName: 7 })).toMatchObject({
    ignored: ["shoeSize"],
  });
  expect(patchTakesMembers(patch({ op: "add", path: "shoeSize", value: 4 }))).toMatchObject({
    ignored: ["shoeSize"],
  });
});
