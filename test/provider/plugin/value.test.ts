import { ExtData, encode as messagePack } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isUnknown, isWhollyKnown, type Schema, type Type, Unknown } from "../../../provider/plugin/index.ts";
import { fromJson, fromMessagePack, toMessagePack } from "../../../provider/plugin/value.ts";

// "__proto__" as a key is refused, see below
const name = fc.string({ unit: "binary" }).filter((text) => text !== "__proto__");
const number = fc
  .oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .map((value) => value + 0); // no -0: Terraform knows none

const { type } = fc.letrec<{ type: Type }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, depthIdentifier: "type" },
    fc.constantFrom<Type[]>("string", "number", "bool"),
    fc.tuple(fc.constantFrom("list", "set", "map"), tie("type")) as fc.Arbitrary<Type>,
    fc.tuple(
      fc.constant("object"),
      fc.dictionary(name, tie("type"), { maxKeys: 4, noNullPrototype: true }),
    ) as fc.Arbitrary<Type>,
  ),
}));

/** Values of a type; with `unknown` each part may be `Unknown`. */
function anyOf(type: Type, unknown: boolean): fc.Arbitrary<unknown> {
  const known = (): fc.Arbitrary<unknown> => {
    if (type === "string") return fc.string({ unit: "binary" });
    if (type === "number") return number;
    if (type === "bool") return fc.boolean();
    switch (type[0]) {
      case "list":
      case "set":
        return fc.array(anyOf(type[1], unknown), { maxLength: 4 });
      case "map":
        return fc.dictionary(name, anyOf(type[1], unknown), { maxKeys: 4, noNullPrototype: true });
      case "object":
        return fc.record(
          Object.fromEntries(
            Object.entries(type[1]).map(([key, inner]) => [key, fc.option(anyOf(inner, unknown))]),
          ),
          { noNullPrototype: true },
        );
    }
  };
  return unknown ? fc.oneof({ weight: 4, arbitrary: known() }, fc.constant(Unknown)) : known();
}

const schemaOf = (type: Type): Schema => ({ attributes: { value: { type, optional: true } } });

const typeAndValue = (unknown: boolean) =>
  type.chain((type) => anyOf(type, unknown).map((value) => ({ schema: schemaOf(type), value })));

describe("MessagePack", () => {
  test("what is written is read", () => {
    fc.assert(
      fc.property(typeAndValue(true), ({ schema, value }) => {
        expect(fromMessagePack(schema, toMessagePack(schema, { value }, { allowUnknown: true }))).toEqual({
          value,
        });
      }),
    );
  });

  test("null is null", () => {
    const schema = schemaOf("string");
    expect(fromMessagePack(schema, toMessagePack(schema, null, { allowUnknown: false }))).toBeNull();
    expect(fromMessagePack(schema, messagePack({ value: null }))).toEqual({ value: null });
  });

  test("nothing is unknown where that may not be", () => {
    fc.assert(
      fc.property(typeAndValue(true), ({ schema, value }) => {
        const write = () => toMessagePack(schema, { value }, { allowUnknown: false });
        if (isWhollyKnown(value)) write();
        else expect(write).toThrow("is still unknown after apply");
      }),
    );
  });

  test("an unknown value is extension 0, and so is read any extension", () => {
    const schema = schemaOf("string");
    const written = toMessagePack(schema, { value: Unknown }, { allowUnknown: true });
    expect(Buffer.from(written).toString("hex")).toBe("81a576616c7565d40000");
    for (const extension of [0, 12, 127, -1])
      expect(
        fromMessagePack(schema, messagePack({ value: new ExtData(extension, Uint8Array.of(1, 2)) })),
      ).toEqual({ value: Unknown });
  });

  test.each([
    ["text", "0.1", 0.1],
    ["text with an exponent", "1e+21", 1e21],
    ["text of a whole number", "-3", -3],
    ["text with zeros", "0.50", 0.5],
    ["zero as text", "-0.0", 0],
    ["a double", 0.5, 0.5],
    ["a double that is whole", 1e21, 1e21],
    ["the largest safe integer", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ["64 bits that a double holds", 2n ** 60n, undefined],
    ["64 bits", 2n ** 53n + 1n, undefined],
    ["more digits than a double", "0.1234567890123456789", undefined],
    ["too large", "1e400", undefined],
  ])("a number comes as %s", (_, sent, number) => {
    const read = () =>
      fromMessagePack(schemaOf("number"), messagePack({ value: sent }, { useBigInt64: true }));
    if (number === undefined)
      expect(read).toThrow("is a number with more digits than this provider can hold");
    else expect(read()).toEqual({ value: number });
  });

  test("a fraction goes as decimal text, else Terraform would take it for another number", () => {
    const written = toMessagePack(schemaOf("number"), { value: 0.1 }, { allowUnknown: false });
    expect(Buffer.from(written)).toEqual(Buffer.from(messagePack({ value: "0.1" })));
  });

  test.each([
    ["bool", "true", "is not of type bool", ["value"]],
    ["number", true, "is not of type number", ["value"]],
    ["number", "0x10", "is not of type number", ["value"]],
    ["number", [1], "is not of type number", ["value"]],
    ["string", 1, "is not of type string", ["value"]],
    [["map", "string"], ["a"], "is not of type map(string)", ["value"]],
    [["map", "string"], { a: 1 }, "is not of type string", ["value", "a"]],
    [["list", ["map", "bool"]], [{}, { a: 1 }], "is not of type bool", ["value", 1, "a"]],
    [["set", "string"], {}, "is not of type set(string)", ["value"]],
    [["object", { a: "bool" }], { a: "x" }, "is not of type bool", ["value", "a"]],
    [["object", { a: "bool" }], [], "is not of type object", ["value"]],
    [["map", "string"], { a: null }, "must not be null", ["value", "a"]],
  ] as const)(
    "a value that is no %j is refused with its path, without quoting it",
    (type, value, message, path) => {
      const schema = schemaOf(type);
      const error = expect.objectContaining({ message, path });
      expect(() => fromMessagePack(schema, messagePack({ value }))).toThrow(error);
      expect(() => toMessagePack(schema, { value }, { allowUnknown: true })).toThrow(error);
    },
  );

  test("a key __proto__ is refused", () => {
    const schema = schemaOf(["map", "string"]);
    const value = JSON.parse('{ "__proto__": "a" }');
    expect(() => fromMessagePack(schema, messagePack({ value }))).toThrow("The key __proto__ is not allowed");
  });
});

describe("JSON", () => {
  test("is read by the schema", () => {
    fc.assert(
      fc.property(typeAndValue(false), ({ schema, value }) => {
        expect(fromJson(schema, JSON.stringify({ value }))).toEqual({ value });
      }),
    );
  });

  test("may lack attributes and have others", () => {
    expect(fromJson(schemaOf("string"), '{ "other": 1 }')).toEqual({ value: null });
  });
});

describe("Unknown", () => {
  test("is seen at any depth", () => {
    const config = { name: "a", tags: { b: Unknown }, list: [1, [Unknown]] };
    expect(isUnknown(config.tags)).toBe(false);
    expect(isUnknown(config.tags.b)).toBe(true);
    expect(isWhollyKnown(config)).toBe(false);
    expect(isWhollyKnown(config.list)).toBe(false);
    expect(isWhollyKnown({ name: "a", tags: { b: "c" }, nothing: null, list: [1, [2]] })).toBe(true);
  });
});
