/** The place of each character, against the library's own reading of the same text. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Document, isMap, isScalar, isSeq, parseDocument, Scalar } from "yaml";
import { offsetInSource, type ScalarStyle } from "../../../model/yaml/scalar.ts";

const styles: Record<ScalarStyle, Scalar.Type> = {
  plain: Scalar.PLAIN,
  single: Scalar.QUOTE_SINGLE,
  double: Scalar.QUOTE_DOUBLE,
  literal: Scalar.BLOCK_LITERAL,
  folded: Scalar.BLOCK_FOLDED,
};
const styleOf = (type: string) =>
  (Object.keys(styles) as ScalarStyle[]).find((style) => styles[style] === type) ?? "plain";

const piece = fc.oneof(
  fc.constantFrom(
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "'",
    "''",
    '"',
    "\\",
    ":",
    ": ",
    " #",
    "- ",
    "{",
    "]",
    ",",
    "é",
    "😀",
  ),
  fc.stringMatching(/^[a-z]{1,8}$/),
);
const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));

/** Every scalar of a text, with its source. */
function* scalars(source: string): Generator<{ source: string; style: ScalarStyle; value: string }> {
  const document = parseDocument(source);
  // now and then the library writes what it cannot read
  if (document.errors.length > 0) return;
  const pending: unknown[] = [document.contents];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (isMap(node)) pending.push(...node.items.flatMap(({ key, value }) => [key, value]));
    else if (isSeq(node)) pending.push(...node.items);
    else if (isScalar(node) && typeof node.value === "string" && /\S/.test(node.value) && node.range)
      yield {
        source: source.slice(node.range[0], node.range[1]),
        style: styleOf(String(node.type)),
        value: node.value,
      };
  }
}

function check({ source, style, value }: { source: string; style: ScalarStyle; value: string }) {
  let before = -1;
  for (const [index, character] of [...value.split("")].entries()) {
    const at = offsetInSource(source, style, value, index);
    expect(at).toBeGreaterThanOrEqual(before);
    before = at;
    // what is not white space and not escaped stands there as it is
    if (/\s/.test(character)) expect(source[at] ?? "\n").toMatch(/[\s\\]/);
    else if (source[at] !== "\\" || style !== "double") expect(source[at]).toBe(character);
  }
  expect(offsetInSource(source, style, value, value.length)).toBeLessThanOrEqual(source.length);
}

test("every character is found, in every style, width and indentation", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      text,
      fc.constantFrom(...Object.values(styles)),
      fc.integer({ min: 8, max: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 3 }),
      fc.boolean(),
      (value, type, lineWidth, indent, depth, windows) => {
        const scalar = new Scalar(value);
        scalar.type = type;
        let node: unknown = scalar;
        for (let i = 0; i < depth; i++) node = i % 2 === 0 ? { key: node } : [node];
        const written = new Document(node).toString({ lineWidth, minContentWidth: 0, indent });
        for (const found of scalars(windows ? written.replaceAll("\n", "\r\n") : written)) {
          seen.add(found.style);
          check(found);
        }
      },
    ),
    { numRuns: 600 },
  );
  expect([...seen].sort()).toEqual(Object.keys(styles).sort());
});

test.each<[string, ScalarStyle, string, string]>([
  ['"a\\u0062c"', "double", "c", "c"],
  ['"\\"a\\" + b"', "double", "b", "b"],
  ['"a \\\n   b c"', "double", "c", "c"],
  ['"a\n\n   b"', "double", "b", "b"],
  ["'it''s b'", "single", "b", "b"],
  ["a\n  b\n\n  c", "plain", "c", "c"],
  ["|2\n    a\n   bc\n", "literal", "c", "c"],
  [">-\n  a\n    b\n  c\n", "folded", "c", "c"],
])("%j", (source, style, character, expected) => {
  const value = String(parseDocument(`k: ${source}`).toJS().k);
  const at = offsetInSource(source, style, value, value.lastIndexOf(character));
  expect(source.slice(at)).toMatch(new RegExp(`^${expected}`));
  expect(at).toBe(source.lastIndexOf(character));
});
