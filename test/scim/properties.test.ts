import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { unseenIn } from "../../model/name.ts";
import { groupType } from "../../model/scim/group.ts";
import { userType } from "../../model/scim/user.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import type { MemberChange } from "../../scim/patch/member-changes.ts";
import { patchGroup, patchUser } from "../../scim/patch/patch.ts";
import { represent } from "../../scim/representation.ts";
import { normaliseGroup, normaliseUser } from "../../scim/resource.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** Any JSON, with keys that have hurt others among them. */
const evil = fc.constantFrom("__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "length");
const known = fc.constantFrom(
  ...[
    "userName",
    "NAME",
    "givenName",
    "active",
    "emails",
    "value",
    "type",
    "primary",
    "display",
    "members",
    "$ref",
  ],
  ...["displayName", "externalId", "id", "meta", "groups", "password", "roles", "addresses", "schemas"],
  ...[
    "name.givenName",
    'emails[type eq "work"].value',
    "emails.primary",
    enterprise,
    `${enterprise}:manager`,
    "manager",
  ],
);
const anyJson = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, "True", "false", "", "ann", 0, 1.5),
    fc.string(),
    fc.array(tie("json"), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(known, evil, fc.string()), tie("json")), { maxLength: 5 })
      // As JSON.parse makes objects: "__proto__" is an own key.
      .map((entries) => {
        const text = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
        return JSON.parse(`{${text.join(",")}}`) as Json;
      }),
  ),
})).json;

const type = fc.constantFrom("work", "home", "other");
const flag = fc.constantFrom<Json>(true, false, "True", "False");
const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
  .filter((one) => one.trim() !== "" && !one.includes("\0"));
// the name of a user or group
const seenText = text.filter((one) => unseenIn(one) === undefined);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

/** Bodies that are accepted. */
const userBody = fc
  .record({
    userName: seenText,
    externalId: optional(text),
    name: optional(fc.record({ givenName: optional(text), FamilyName: text })),
    Active: flag,
    emails: optional(
      fc.uniqueArray(fc.record({ value: text, type, display: optional(text) }), {
        selector: (one) => one.type,
      }),
    ),
    roles: fc.oneof(text, fc.array(fc.oneof(text, fc.record({ value: text })), { maxLength: 3 })),
    [enterprise]: fc.record({
      department: optional(text),
      manager: fc.oneof(text, fc.record({ value: text })),
    }),
    shoeSize: optional(fc.integer()),
  })
  .map((body) => body as unknown as JsonObject);
const groupBody = fc
  .record({
    displayName: seenText,
    members: fc.array(fc.record({ value: fc.constantFrom("a", "b", "c", "d") })),
  })
  .map((body) => body as JsonObject);

/** Paths that lead somewhere, and what to put there. */
const change = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      "title",
      "displayName",
      "name.givenName",
      `${enterprise}:department`,
      'emails[type eq "work"].value',
    ),
    text,
  ),
  fc.tuple(fc.constantFrom("active", 'emails[type eq "home"].primary'), flag),
  fc.tuple(fc.constant("name"), fc.record({ givenName: optional(text), familyName: text })),
  fc.tuple(
    fc.constantFrom("emails", "phoneNumbers"),
    fc.array(fc.record({ value: text, type }), { maxLength: 3 }),
  ),
  fc.tuple(fc.constant(`${enterprise}:manager`), text),
);

const ann = {
  userName: "ann",
  active: true,
  emails: [{ value: "ann@example.com", type: "work", primary: true }],
};
const message = (...operations: Json[]) => ({ Operations: operations });

/** A copy that throws when anything in it is changed. */
const frozen = <T extends Json>(value: T): T => {
  if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
};
const unwrap = <T>(result: { ok: true; value: T } | { ok: false; error: { detail: string } }): T => {
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
};

const prototypes = [Object.prototype, Array.prototype, String.prototype, Function.prototype];
const before = prototypes.map((prototype) => Object.getOwnPropertyNames(prototype).length);
afterEach(() => {
  expect(prototypes.map((prototype) => Object.getOwnPropertyNames(prototype).length)).toEqual(before);
});

describe("whatever a client sends", () => {
  const operation = fc.record(
    {
      op: fc.oneof(fc.constantFrom("add", "Replace", "REMOVE"), anyJson),
      path: fc.oneof(known, evil, fc.string(), anyJson),
      value: anyJson,
    },
    { requiredKeys: [] },
  );
  const patches = fc.oneof(
    anyJson,
    fc.array(operation, { maxLength: 4 }).map((operations) => message(...(operations as Json[]))),
  );

  it("no PATCH throws, changes its input or reaches a prototype", () => {
    fc.assert(
      fc.property(patches, (body) => {
        const present = frozen(structuredClone(ann)) as JsonObject;
        const given = frozen(structuredClone(body));
        for (const result of [
          patchUser(present, given),
          patchGroup(frozen({ displayName: "core" }), given),
        ]) {
          if (!result.ok) continue;
          expect(JSON.stringify(result.value.resource)).not.toMatch(/__proto__|"constructor"|"prototype"/);
          expect(Object.getPrototypeOf(result.value.resource)).toBe(Object.prototype);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("what a PATCH makes is normal already", () => {
    fc.assert(
      fc.property(patches, (body) => {
        const result = patchUser(ann, body);
        if (!result.ok) return;
        const again = unwrap(normaliseUser(result.value.resource));
        expect(JSON.stringify(again.resource)).toBe(JSON.stringify(result.value.resource));
      }),
      { numRuns: 1000 },
    );
  });

  it("no POST throws or changes its input", () => {
    fc.assert(
      fc.property(anyJson, anyJson, (body, members) => {
        const given = frozen(structuredClone(body));
        expect(normaliseUser(given)).toHaveProperty("ok");
        expect(normaliseGroup(given)).toHaveProperty("ok");
        expect(normaliseGroup({ displayName: "core", members })).toHaveProperty("ok");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("normalising", () => {
  const beside = { id: "1", created: 0, lastModified: 0, version: "1" };

  it("gives back what it gave when that is sent and received again", () => {
    fc.assert(
      fc.property(userBody, (body) => {
        const { resource } = unwrap(normaliseUser(body));
        const sent = represent(userType, { ...beside, resource, groups: [{ id: "g" }] }, "https://x");
        const again = unwrap(normaliseUser(JSON.parse(JSON.stringify(sent))));
        expect(JSON.stringify(again)).toBe(JSON.stringify({ resource, ignored: [] }));
      }),
    );
    fc.assert(
      fc.property(groupBody, (body) => {
        const { resource, members } = unwrap(normaliseGroup(body));
        const sent = represent(
          groupType,
          { ...beside, resource, members: members.map((id) => ({ id })) },
          "https://x",
        );
        expect(unwrap(normaliseGroup(JSON.parse(JSON.stringify(sent))))).toEqual({
          resource,
          members,
          ignored: [],
        });
      }),
    );
  });
});

describe("replacing", () => {
  it("twice is replacing once, and removing undoes it", () => {
    fc.assert(
      fc.property(userBody, change, (body, [path, value]) => {
        const { resource } = unwrap(normaliseUser(body));
        const replace = message({ op: "replace", path, value: value as Json });
        const once = unwrap(patchUser(resource, replace));
        const twice = unwrap(patchUser(once.resource, replace));
        expect(JSON.stringify(twice)).toBe(JSON.stringify(once));
        const gone = unwrap(
          patchUser(once.resource, message({ op: "remove", path }, { op: "remove", path })),
        );
        const never = unwrap(patchUser(resource, message({ op: "remove", path })));
        if (!path.includes("[")) expect(gone.resource).toEqual(never.resource);
      }),
    );
  });
});

describe("the changes of a group's members", () => {
  const ids = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
  const step = fc.oneof(
    ids.map((value) => ({ op: "add", path: "members", value })),
    ids.map((value) => ({ op: "remove", path: "members", value: value.map((id) => ({ value: id })) })),
    ids.map((value) => ({ op: "replace", value: { members: value } })),
    fc.constantFrom("a", "b", "z").map((id) => ({ op: "remove", path: `members[value eq "${id}"]` })),
    fc.constant({ op: "remove", path: "members" }),
  );

  const apply = (members: Set<string>, { keepsOthers, add, remove }: MemberChange): Set<string> =>
    new Set([...(keepsOthers ? [...members].filter((id) => !remove.includes(id)) : []), ...add]);

  it("do to any members what the operations say one by one", () => {
    fc.assert(
      fc.property(ids, fc.array(step, { minLength: 1, maxLength: 6 }), (present, steps) => {
        const at = (operations: Json[]) =>
          unwrap(patchGroup({ displayName: "g" }, message(...operations))).members;
        const together = at(steps);
        const single = steps.map((one) => at([one]));
        const after = single.reduce(apply, new Set(present));
        expect([...apply(new Set(present), together)].sort()).toEqual([...after].sort());
        // who was to join is asked for, whether they stay or not
        const joining = new Set(single.flatMap(({ add }) => add));
        expect(new Set([...together.add, ...together.passing])).toEqual(joining);
      }),
      { numRuns: 300 },
    );
  });
});
