import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, type ReadonlyJson } from "../../model/canonical.ts";

const json = fc.jsonValue() as fc.Arbitrary<ReadonlyJson>;

test("the examples of RFC 8785", () => {
  // sections 3.2.2 and 3.2.3
  expect(
    canonicalJson(
      JSON.parse(
        '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"literals":[null,true,false]}',
      ),
    ),
  ).toBe('{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}');
  expect(
    canonicalJson({ "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 }),
  ).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
});

test("it is JSON, it reads back as the same value, and it is a fixed point", () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }),
  );
});

test("the order in which keys were written changes nothing, and every value does", () => {
  const object = fc.dictionary(fc.string(), fc.integer(), { minKeys: 1 });
  fc.assert(
    fc.property(object, fc.integer(), (value, salt) => {
      const keys = Object.keys(value);
      const shuffled = Object.fromEntries([...keys].reverse().map((key) => [key, value[key] ?? 0]));
      expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
      const [key = ""] = keys;
      fc.pre(value[key] !== salt);
      expect(canonicalJson({ ...value, [key]: salt })).not.toBe(canonicalJson(value));
    }),
  );
});

test("what has no canonical form is refused", () => {
  for (const value of [Number.NaN, Infinity, "\ud800", { a: "\udfff" }])
    expect(() => canonicalJson(value)).toThrow(TypeError);
});
