import { describe, expect, test } from "vitest";
import { diagnosticMessage, pathMessage, schemaMessage } from "../../../provider/plugin/describe.ts";
import type { Schema } from "../../../provider/plugin/index.ts";

const schema = {
  version: 3,
  description: "A thing.",
  attributes: {
    name: { type: "string", required: true, description: "What it is called." },
    tags: { type: ["map", ["list", "string"]], optional: true, computed: true },
    places: { type: ["list", ["object", { city: "string" }]], optional: true, deprecated: true },
    labels: { type: ["set", "string"], computed: true, sensitive: true },
  },
} as const satisfies Schema;

describe("a path", () => {
  test.each([
    ["an attribute", ["name"], [{ attribute_name: "name" }]],
    [
      "a key and an index",
      ["tags", "a.b", 2],
      [{ attribute_name: "tags" }, { element_key_string: "a.b" }, { element_key_int: 2 }],
    ],
    ["a key that is a number", ["tags", 7], [{ attribute_name: "tags" }, { element_key_string: "7" }]],
    [
      "an attribute of an object",
      ["places", 0, "city"],
      [{ attribute_name: "places" }, { element_key_int: 0 }, { attribute_name: "city" }],
    ],
    ["no element of a set", ["labels", 0], [{ attribute_name: "labels" }]],
    ["no part of a string", ["name", 0], [{ attribute_name: "name" }]],
    ["no attribute that there is not", ["toString", "a"], []],
  ])("leads to %s", (_, path, steps) => {
    expect(pathMessage(schema, path)).toEqual({ steps });
  });
});

test("a diagnostic has the severity's number, and a path only where there is one", () => {
  expect(
    diagnosticMessage(schema, { severity: "error", summary: "No", detail: "never", path: ["name"] }),
  ).toEqual({
    severity: 1,
    summary: "No",
    detail: "never",
    attribute: { steps: [{ attribute_name: "name" }] },
  });
  for (const path of [[], ["nothing"]])
    expect(diagnosticMessage(schema, { severity: "warning", summary: "Well", path })).toEqual({
      severity: 2,
      summary: "Well",
      detail: "",
    });
});

test("a schema tells each attribute's type as Terraform's JSON", () => {
  const { version, block } = schemaMessage(schema);
  expect(version).toBe(3);
  expect(block?.attributes?.map(({ name, type }) => [name, JSON.parse(String(type))])).toEqual([
    ["name", "string"],
    ["tags", ["map", ["list", "string"]]],
    ["places", ["list", ["object", { city: "string" }]]],
    ["labels", ["set", "string"]],
  ]);
  expect(block?.attributes?.[3]).toMatchObject({
    computed: true,
    optional: false,
    required: false,
    sensitive: true,
  });
});
