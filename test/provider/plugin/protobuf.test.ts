import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode, type Message } from "../../../provider/plugin/protobuf.ts";

const Inner = { text: [1, "string"], flag: [15, "bool"] } as const satisfies Message;
const Example = {
  text: [1, "string"],
  bytes: [2, "bytes"],
  flag: [3, "bool"],
  count: [4, "int64"],
  inner: [16, Inner],
  inners: [2047, "repeated", Inner],
  texts: [2048, "repeated", "string"],
  byName: [536_870_911, "map", Inner],
} as const satisfies Message;

const text = fc.string({ unit: "binary" });
const optional = { requiredKeys: [] };
const inner = fc.record({ text, flag: fc.boolean() }, optional);
const example = fc.record(
  {
    text,
    bytes: fc.uint8Array(),
    flag: fc.boolean(),
    count: fc.maxSafeInteger(),
    inner,
    inners: fc.array(inner, { minLength: 1 }),
    texts: fc.array(text, { minLength: 1 }),
    byName: fc.dictionary(text, inner, { minKeys: 1, noNullPrototype: true }),
  },
  { ...optional, noNullPrototype: true },
);

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const unhex = (digits: string) => Buffer.from(digits, "hex");

describe("protobuf", () => {
  test("what is encoded is decoded", () => {
    fc.assert(
      fc.property(example, (value) => {
        const { bytes, ...others } = decode(Example, encode(Example, value));
        expect({ ...others, ...(bytes && { bytes: Uint8Array.from(bytes) }) }).toEqual(value);
      }),
    );
  });

  test.each([
    // the examples of protobuf.dev, "Encoding"
    ["an integer", { count: [1, "int64"] }, { count: 150 }, "089601"],
    ["a negative integer", { count: [1, "int64"] }, { count: -2 }, "08feffffffffffffffff01"],
    ["a string", { text: [2, "string"] }, { text: "testing" }, "120774657374696e67"],
    ["a message", { inner: [3, { count: [1, "int64"] }] }, { inner: { count: 150 } }, "1a03089601"],
    ["repeated strings", { texts: [4, "repeated", "string"] }, { texts: ["a", "b"] }, "220161220162"],
    ["a map", { byName: [7, "map", "string"] }, { byName: { k: "v" } }, "3a060a016b120176"],
  ] as const)("%s is encoded as the specification says", (_, message: Message, value: object, bytes) => {
    expect(hex(encode(message, value))).toBe(bytes);
    expect(decode(message, unhex(bytes))).toEqual(value);
  });

  test("fields that are not known are skipped", () => {
    fc.assert(
      fc.property(example, (value) => {
        expect(decode({ text: [1, "string"] } as const, encode(Example, value)).text).toBe(value.text);
      }),
    );
    const fixed = `09${"00".repeat(8)}15${"00".repeat(4)}`;
    expect(decode({ text: [3, "string"] }, unhex(`${fixed}1a0161`))).toEqual({ text: "a" });
  });

  test("a map entry without key or value has their defaults", () => {
    expect(decode({ byName: [7, "map", "string"] } as const, unhex("3a00"))).toEqual({ byName: { "": "" } });
  });

  test("a key of a map may have any name", () => {
    const value = { byName: JSON.parse('{ "__proto__": { "text": "a" } }') };
    const { byName } = decode(Example, encode(Example, value));
    expect(Object.keys(byName ?? {})).toEqual(["__proto__"]);
  });

  test("bytes that are no message are refused in a sentence", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          decode(Example, bytes);
        } catch (error) {
          expect(String(error)).toMatch(/^Error: not a protobuf message: .* \(at byte \d+\)$/);
        }
      }),
    );
    expect(() => decode(Example, unhex("0a0561"))).toThrow("the message ends within a field (at byte 2)");
    expect(() => decode(Example, unhex("08"))).toThrow("expected wire type 2, got 0 (at byte 1)");
    expect(() => decode(Example, unhex("20ff"))).toThrow("the message ends within a number (at byte 2)");
    expect(() => decode(Example, unhex(`20${"ff".repeat(10)}`))).toThrow("a number has more than 10 bytes");
    expect(() => decode(Example, unhex("2b"))).toThrow("unknown wire type 3");
  });
});
