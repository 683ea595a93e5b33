import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxBodyBytes, parseBody } from "../../scim/json.ts";
import { maxDepth, maxNames } from "../../scim/shape.ts";

const detail = (body: string | Uint8Array) => {
  const parsed = parseBody(body);
  return parsed.ok ? undefined : `${parsed.error.code}: ${parsed.error.detail}`;
};

describe("parseBody", () => {
  it("reads an object, from text and from bytes", () => {
    const body = '{"userName":"ann","emails":[{"value":"ann@example.com"}],"x":null}';
    expect(parseBody(body)).toEqual({ ok: true, value: JSON.parse(body) });
    expect(parseBody(Buffer.from(body))).toEqual({ ok: true, value: JSON.parse(body) });
  });

  it.each([
    ["", "the body is empty; expected a JSON object"],
    ["[]", "the body is an array of 0; expected a JSON object"],
    ["null", "the body is null; expected a JSON object"],
    ['"x"', "the body is a string; expected a JSON object"],
    ['{"a":1,"A":2}', 'the attribute "A" is given twice'],
    ['{"active":false,"active":true}', 'the attribute "active" is given twice'],
    ['{"active":false,"\\u0061ctive":true}', 'the attribute "active" is given twice'],
    ['{"a":[{"b":1,"B":2}]}', 'the attribute "B" is given twice'],
    ['{"__proto__":{"x":1}}', 'no attribute may be called "__proto__"'],
    ['{"a":{"\\u005f_proto__":1}}', 'no attribute may be called "__proto__"'],
    ['{"a":[{"constructor":{"prototype":1}}]}', 'no attribute may be called "constructor"'],
    ['{"a":{"prototype":1}}', 'no attribute may be called "prototype"'],
  ])("refuses %s", (body, expected) => {
    expect(detail(body)).toBe(`invalidSyntax: ${expected}`);
  });

  it("quotes nothing of a body that is not JSON", () => {
    expect(detail('{"password":"t0p-secret" oops}')).toMatch(/^invalidSyntax: the body is not JSON/);
    for (const body of [
      '{"password":"t0p-secret" oops}',
      '{"password": t0p-secret}',
      '{"t0p-secret',
      "t0p-secret",
    ]) {
      expect(detail(body)).not.toContain("secret");
    }
    expect(detail(Buffer.from([0x7b, 0xff, 0x7d]))).toBe("invalidSyntax: the body is not UTF-8");
  });

  it("bounds depth and size, before it builds anything", () => {
    const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(parseBody(nested(maxDepth)).ok).toBe(true);
    expect(detail(nested(maxDepth + 1))).toBe("invalidSyntax: the body is nested deeper than 32 levels");
    expect(detail('{"a":'.repeat(1_000_000))).toBe("invalidSyntax: the body is nested deeper than 32 levels");
    expect(parseBody(`{"a":"${'[{\\"'.repeat(100)}"}`).ok).toBe(true);
    expect(parseBody('{"a":1}', 7).ok).toBe(true);
    expect(parseBody('{"a":12}', 7).ok).toBe(false);
    expect(detail(" ".repeat(maxBodyBytes + 1))).toBe("tooLarge: the body is larger than 16 MiB");
  });

  it("bounds how many names an object has", () => {
    const wide = (names: number) =>
      `{"a":[{${Array.from({ length: names }, (_, i) => `"n${i}":{"n":[]}`).join(",")}}]}`;
    expect(parseBody(wide(maxNames)).ok).toBe(true);
    expect(detail(wide(maxNames + 1))).toBe("invalidSyntax: an object has more than 1000 names");
    // of many objects each has its own
    expect(parseBody(`{"a":[${Array(5_000).fill('{"x":1,"y":"x"}').join(" ,")}]}`).ok).toBe(true);
    expect(detail('{"a":1,"t0p-secret","t0p-secret"}')).toMatch(/^invalidSyntax: the body is not JSON/);
  });

  it("never throws, and agrees with JSON.parse on whatever it accepts", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json({ maxDepth: 40 }), fc.uint8Array()), (body) => {
        const parsed = parseBody(body);
        const text = typeof body === "string" ? body : Buffer.from(body).toString();
        if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(text));
      }),
    );
  });
});
