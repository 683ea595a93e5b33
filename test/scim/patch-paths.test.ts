/** PATCH in every form of path (RFC 7644, section 3.5.2), for every attribute of the schemas. */
import { describe, expect, it } from "vitest";
import { type AttributeNode, userNode } from "../../scim/attribute.ts";
import type { Json, JsonObject } from "../../scim/json.ts";
import { patchUser } from "../../scim/patch/patch.ts";

const core = "urn:ietf:params:scim:schemas:core:2.0:User";
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const bob: JsonObject = { userName: "bob", active: true };
const result = (present: JsonObject, ...operations: Json[]) => patchUser(present, { Operations: operations });
const patched = (present: JsonObject, ...operations: Json[]): JsonObject => {
  const answer = result(present, ...operations);
  if (!answer.ok) throw new Error(`${answer.error.code}: ${answer.error.detail}`);
  expect(answer.value.ignored).toEqual([]);
  return answer.value.resource;
};

const samples: Record<AttributeNode["type"], Json> = {
  string: "text",
  boolean: false,
  decimal: 1.5,
  integer: 4,
  dateTime: "2026-01-31T08:00:00Z",
  reference: "https://example.com/",
  binary: "AQID",
  complex: {},
};

/** Attributes that can be written, each with a value and the URN before its name. */
function writable(parent: AttributeNode, urn: string): { node: AttributeNode; urn: string; value: Json }[] {
  return [...parent.children.values()]
    .filter(({ stored, name }) => stored && !name.startsWith("urn:"))
    .map((node) => {
      const value = node.type === "complex" ? sampleOf(node) : samples[node.type];
      return { node, urn, value: node.multiValued ? [value] : value };
    });
}

function sampleOf({ children }: AttributeNode): JsonObject {
  const subs = [...children.values()].filter(({ stored }) => stored);
  return Object.fromEntries(subs.map(({ name, type }) => [name, samples[type]]));
}

const extension = userNode.children.get(enterprise.toLowerCase()) as AttributeNode;
const attributes = [...writable(userNode, core), ...writable(extension, enterprise)];
const at = (resource: JsonObject, urn: string): JsonObject =>
  urn === core ? resource : ((resource[urn] ?? {}) as JsonObject);

describe.each(attributes.map((one) => [`${one.urn}:${one.node.name}`, one] as const))(
  "%s",
  (full, { node, urn, value }) => {
    // names are the same in any case, and an extension's may come as an object or behind its URN
    const keys = urn === core ? [node.name, node.name.toUpperCase(), full] : [full, `${urn}.${node.name}`];
    const written = (op: string): Json[] => [
      ...keys.map((path) => ({ op, path, value })),
      ...keys.map((key) => ({ op, value: { [key]: value } })),
      ...(urn === core
        ? []
        : [
            { op, path: urn, value: { [node.name]: value } },
            { op, value: { [urn]: { [node.name]: value } } },
          ]),
    ];

    it("is added and replaced by each form with one result", () => {
      for (const operation of [...written("add"), ...written("Replace")]) {
        const resource = patched(bob, operation);
        expect(at(resource, urn)[node.name]).toEqual(value);
        // what is there already is no change
        expect(JSON.stringify(patched(resource, operation))).toBe(JSON.stringify(resource));
      }
    });

    if (!node.required && node.name !== "active")
      it("is removed by each form, and with null", () => {
        const present = patched(bob, { op: "add", path: full, value });
        for (const path of keys) expect(patched(present, { op: "remove", path })).toEqual(bob);
        for (const path of keys) expect(patched(present, { op: "replace", path, value: null })).toEqual(bob);
        // what is not there is removed already
        for (const path of keys) expect(patched(bob, { op: "remove", path })).toEqual(bob);
      });

    const subs = [...node.children.values()].filter(({ stored }) => stored);
    it.each(subs.map((sub) => [sub.name, sub] as const))("has .%s", (_, sub) => {
      const given = samples[sub.type];
      const first = node.multiValued ? { type: "work" } : undefined;
      const base = first ? patched(bob, { op: "add", path: full, value: [first] }) : bob;
      for (const path of keys.map((key) => `${key}.${sub.name}`)) {
        for (const operation of [
          { op: "add", path, value: given },
          { op: "replace", path, value: given },
          { op: "add", value: { [path]: given } },
        ]) {
          const resource = patched(base, operation);
          const holder = at(resource, urn)[node.name];
          expect(holder).toEqual(first ? [{ ...first, [sub.name]: given }] : { [sub.name]: given });
          const removed = patched(resource, { op: "remove", path });
          expect(at(removed, urn)[node.name]).toEqual(first && sub.name !== "type" ? [first] : undefined);
        }
      }
    });

    if (node.multiValued)
      it("is reached by a filter, with and without a sub-attribute", () => {
        const present = patched(bob, {
          op: "add",
          path: full,
          value: [{ type: "work" }, { type: "home" }],
        });
        for (const key of keys) {
          const path = `${key}[TYPE eq "WORK"]`;
          const sub = node.children.has("value") ? "value" : "locality";
          const type = node.children.get(sub)?.type ?? "string";
          const given = samples[type];
          const inside = patched(present, { op: "replace", path: `${path}.${sub}`, value: given });
          expect(at(inside, urn)[node.name]).toEqual([{ type: "work", [sub]: given }, { type: "home" }]);
          expect(patched(inside, { op: "remove", path: `${path}.${sub}` })).toEqual(present);
          expect(patched(present, { op: "add", path, value: { [sub]: given } })).toEqual(inside);
          const replaced = patched(present, { op: "replace", path, value: { [sub]: given } });
          expect(at(replaced, urn)[node.name]).toEqual([{ [sub]: given }, { type: "home" }]);
          const left = patched(present, { op: "remove", path });
          expect(at(left, urn)[node.name]).toEqual([{ type: "home" }]);
          expect(patched(present, { op: "remove", path: key, value: [{ type: "Work" }] })).toEqual(left);
        }
      });

    if (node.children.has("primary"))
      it("has one primary value at most", () => {
        const present = patched(bob, {
          op: "add",
          path: full,
          value: [{ type: "work", primary: true }, { type: "home" }],
        });
        for (const operation of [
          { op: "replace", path: `${full}[type eq "home"].primary`, value: true },
          { op: "add", path: `${full}[type eq "home"]`, value: { primary: "True" } },
          { op: "replace", path: `${full}[type eq "home"]`, value: { type: "home", primary: true } },
        ])
          expect(at(patched(present, operation), urn)[node.name]).toEqual([
            { type: "work", primary: false },
            { type: "home", primary: true },
          ]);
        const [first] = at(
          patched(present, { op: "add", path: full, value: [{ type: "other", primary: true }] }),
          urn,
        )[node.name] as Json[];
        expect(first).toEqual({ type: "work", primary: false });
      });
  },
);

describe("what only the service provider changes is refused by its path, and left alone without one", () => {
  it.each([
    "id",
    "schemas",
    "meta",
    "meta.location",
    "groups",
    "groups.value",
    'groups[value eq "g"]',
    `${core}:groups`,
  ])("%s", (path) => {
    for (const op of ["add", "replace", "remove"]) {
      const answer = result(bob, { op, path, ...(op === "remove" ? {} : { value: "x" }) });
      expect(answer).toMatchObject({ ok: false, error: { code: "mutability" } });
    }
    expect(patched(bob, { op: "replace", value: { [path]: "x", title: "t" } })).toEqual({
      ...bob,
      title: "t",
    });
  });
});

describe("a filter is for the values of a complex attribute", () => {
  it.each([
    'title[value eq "x"]',
    `${enterprise}:manager[value eq "x"]`,
    `${enterprise}[department pr]`,
    "emails.value[a pr]",
  ])("%s", (path) => {
    const answer = result(bob, { op: "add", path, value: "x" });
    expect(answer).toMatchObject({ ok: false, error: { code: "invalidPath" } });
  });

  it("and to remove the one value that it selects", () => {
    const managed = { ...bob, [enterprise]: { department: "R&D", manager: { value: "7" } } };
    const remove = (path: string) => {
      const answer = result(managed, { op: "remove", path });
      return answer.ok && answer.value.resource[enterprise];
    };
    const without = { department: "R&D" };
    expect(remove(`${enterprise}:manager[value eq "7"]`)).toEqual(without);
    expect(remove('manager[value eq "7"].value')).toEqual(without);
    expect(remove('manager[value eq "8"]')).toEqual(managed[enterprise]);
  });
});

describe("what no schema knows is left out in every form of write, and named", () => {
  it.each([
    "shoeSize",
    "toString",
    "constructor.prototype",
    "name.nick",
    "emails.size",
    `${core}:costGroup`,
    `${core}:actve`,
    `${enterprise}:badge`,
    "urn:ietf:params:scim:schemas:core:2.0:Usr:active",
    "urn:example:x:2.0:User:badge",
    "urn:example:x:2.0:User:a.b",
    "URN:Example:x",
  ])("%s", (path) => {
    for (const op of ["add", "replace", "remove"])
      expect(result(bob, { op, path, value: "x" })).toMatchObject({
        ok: true,
        value: { resource: bob, ignored: [path] },
      });
    const named = result(bob, { op: "add", value: { [path]: "x" } });
    expect(named).toMatchObject({
      ok: true,
      value: { resource: bob, ignored: [path.replace(`${core}:`, "")] },
    });
  });

  it.each([
    ['emails[type eq "work"].size', "emails.size"],
    ['costs[owner eq "ann"]', "costs"],
    ["urn:x[a pr]", "urn:x"],
  ])("%s, without its filter", (path, ignored) => {
    expect(result(bob, { op: "replace", path, value: "x" })).toMatchObject({
      ok: true,
      value: { resource: bob, ignored: [ignored] },
    });
  });

  it.each(["a.b.c", "title.", ".title", "1st", "cost:group", "naïve", "$ref", "urn:"])(
    "but %s is no path",
    (path) => {
      const answer = result(bob, { op: "add", path, value: "x" });
      expect(answer).toMatchObject({ ok: false, error: { code: "invalidPath" } });
    },
  );
});

describe("the URN of the core schema alone is the resource itself", () => {
  it.each([
    [{ op: "replace", path: core, value: { active: false, costGroup: 7 } }],
    [{ op: "replace", value: { [core.toUpperCase()]: { active: "False", costGroup: 7 } } }],
    [{ op: "replace", value: { [core]: [{ [`${core}:active`]: false }], costGroup: 7 } }],
  ])("%j", (operation) => {
    expect(result(bob, operation)).toMatchObject({
      ok: true,
      value: { resource: { ...bob, active: false }, ignored: ["costGroup"] },
    });
  });
});
