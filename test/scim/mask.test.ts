/** What is told of a payload: names that the schema has, and never what a client wrote. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { connectorTypes } from "../../model/scim/connector-types.ts";
import { parseBody } from "../../scim/json.ts";
import { maskedParts } from "../../scim/mask.ts";
import { patch } from "../agent/providers/provider.ts";

const { user, group } = connectorTypes({});
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const told = (body: object, type = user): string[] => {
  const parsed = parseBody(JSON.stringify(body));
  if (!parsed.ok) throw new Error(parsed.error.detail);
  return maskedParts(parsed.value, type).map(({ op, path, is }) => [op, path, is].join(" ").trim());
};

test("a resource is its attributes and of what kind they are, a PATCH its operations", () => {
  const body = {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    USERNAME: "ann@example.com",
    name: { familyName: "Lee", nickName: "ann" },
    emails: [{ value: "ann@example.com" }, { value: "lee@example.com" }],
    active: "False",
    nickName: null,
    [enterprise]: { department: "Engineering", manager: { value: "2f1c" } },
    "ghp_a-token-as-a-name": { inner: 1 },
  };
  expect(told(body)).toEqual([
    "schemas 1 value",
    "userName text",
    "name.familyName text",
    "name.nickName text",
    "emails 2 values",
    "active false",
    "nickName null",
    `${enterprise}:department text`,
    `${enterprise}:manager.value text`,
    "?.? number",
  ]);
  const operations = patch(
    { op: "Replace", path: 'emails[type eq "wo]rk" and value co "ann@"].value', value: "ann@example.com" },
    { op: "add", value: { "name.givenName": "Ann", active: true, [`${enterprise}:department`]: "x" } },
    { op: "remove", path: "secret@example.com" },
    { op: "ann", path: "ACTIVE", value: 7 },
    { op: "add", value: "ann" },
  );
  expect(told(operations)).toEqual([
    "replace emails[].value text",
    "add name.givenName text",
    "add active true",
    `add ${enterprise}:department text`,
    "remove ? nothing",
    "active number",
    "add ? text",
  ]);
  expect(told(patch({ op: "remove", path: 'members[value eq "2f1c"]' }), group)).toEqual([
    "remove members[] nothing",
  ]);
});

test("nothing that a client writes comes through, wherever it stands", () => {
  const secret = "zq7-s3cret@example.com";
  const leaf = fc.constantFrom(secret, 17, null, true, [secret], { [secret]: secret });
  const name = fc.constantFrom(
    "userName",
    "name",
    "emails",
    "active",
    secret,
    `emails[${secret}]`,
    `${enterprise}:${secret}`,
  );
  const object = fc.dictionary(name, fc.oneof(leaf, fc.dictionary(name, leaf)));
  const operation = fc.record(
    { op: fc.constantFrom("add", secret), path: name, value: fc.oneof(leaf, object) },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    object,
    fc.array(operation).map((Operations) => ({ Operations })),
  );
  fc.assert(
    fc.property(body, (one) => {
      // of names that differ by case alone no body is taken
      if (!parseBody(JSON.stringify(one)).ok) return;
      expect(told(one).join("\n")).not.toContain("s3cret");
    }),
  );
});
