/** How names compare, and what is seen of them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAccountName } from "../../model/environment/subject.ts";
import { codeOf, foldName, foldText, spelt, unseenIn } from "../../model/name.ts";

const forms: Readonly<Record<string, readonly string[]>> = {
  "hg-x": [
    "HG-X",
    " hg-x",
    "hg-x ",
    "\u00a0hg-x\u3000",
    "ｈｇ－ｘ",
    "hg-\u00adx",
    "hg-x\u{e0041}",
    "\u200ehg-x",
  ],
  "hg x": ["hg\u00a0x", "hg  x", "hg\u3000x", "hg\u2003\u2009x", "HG\tX", "hg\u1680x"],
  é: ["e\u0301", "É", "E\u0301"],
  office: ["oﬃce", "OFFICE", "oﬀice"],
  strasse: ["straße", "STRASSE", "STRAẞE", "ｓｔraße"],
  οδοσ: ["ΟΔΟΣ", "οδος", "Οδοσ"],
  kate: ["\u212aate", "KATE"],
  "i\u0307": ["İ"],
  ı: ["ı"],
  ạ̈: ["a\u0308\u0323", "a\u0323\u0308", "Ạ̈"],
};

test.each(Object.entries(forms))("%s in other forms is the same name", (name, others) => {
  for (const other of others) expect([spelt(other), foldName(other)]).toEqual([spelt(other), foldName(name)]);
});

test.each([
  ["i", "ı"],
  ["hg-x", "hg x"],
  ["hg-x", "hgx"],
  ["hg-х", "hg-x"],
  ["é", "e"],
  ["ß", "s"],
])("%s and %s are two names", (one, other) => {
  expect(foldName(one)).not.toBe(foldName(other));
});

const anyText = fc.string({ unit: "binary", maxLength: 12 });

test("what is folded is folded already, whatever has a case or another form", () => {
  for (let code = 1; code <= 0x1ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const folded = foldName(`x${String.fromCodePoint(code)}x`);
    if (foldName(folded) !== folded) expect.fail(codeOf(String.fromCodePoint(code)));
  }
  fc.assert(fc.property(anyText, (text) => foldName(foldName(text)) === foldName(text)));
});

test("case, form and spaces around say nothing, whatever the name", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 8 }), (text) => {
      for (const form of ["NFC", "NFD", "NFKC", "NFKD"] as const)
        expect(foldName(` ${text.normalize(form)}\u00a0`)).toBe(foldName(text));
      // a dotless i has a capital that is another letter's
      if (!/[ıİ]/.test(text)) expect(foldText(text.toUpperCase())).toBe(foldText(text));
    }),
  );
});

test("names of accounts are their own folded form: no two of them compare as one", () => {
  fc.assert(
    fc.property(
      fc.oneof(anyText, fc.stringMatching(/^[ -~]{1,10}$/), fc.stringMatching(/^[a-z0-9._@+-]{1,9}$/)),
      (name) => {
        if (isAccountName(name)) expect(foldName(name)).toBe(name);
      },
    ),
  );
  for (const name of ["\u212aate", "ann\n", "ann ", "Ann", "ａnn", "ann\u200b", "ann\0"])
    expect(isAccountName(name)).toBe(false);
});

describe("what nobody sees", () => {
  test.each([
    ["a\u200bb", 2, "U+200B"],
    ["\ufeffab", 1, "U+FEFF"],
    ["ab\u202e", 3, "U+202E"],
    ["a\u2028b", 2, "U+2028"],
    ["a\u00adb", 2, "U+00AD"],
    ["a\u034fb", 2, "U+034F"],
    ["a\tb", 2, "U+0009"],
    ["a\u0085b", 2, "U+0085"],
    ["a\u3164b", 2, "U+3164"],
    ["a\u2800b", 2, "U+2800"],
    ["a\ufe0fb", 2, "U+FE0F"],
    ["a\u200db", 2, "U+200D"],
    ["🦊\u{e0041}", 2, "U+E0041"],
    ["a\ue000", 2, "U+E000"],
    ["a\u{10ffff}", 2, "U+10FFFF"],
    ["👩‍💻 a\u200d", 6, "U+200D"],
  ])("%j: character %i is %s", (name, at, code) => {
    const found = unseenIn(name);
    expect(found && [found.at, codeOf(found.character)]).toEqual([at, code]);
  });

  test.each([
    "",
    "hg-x",
    "Süd Ost",
    "日本　語",
    "e\u0301",
    "👩‍💻 Developers",
    "❤️",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "1️⃣ first",
    "a\u00a0b",
    "नमस्ते",
  ])("%j has nothing of it", (name) => {
    expect(unseenIn(name)).toBeUndefined();
  });
});

test("what only looks alike is spelt otherwise", () => {
  expect(["hg-x", "hg-х", 'a"\u200b', "🦊"].map(spelt)).toEqual([
    '"hg-x"',
    '"hg-\\u{445}"',
    '"a\\"\\u{200b}"',
    '"\\u{1f98a}"',
  ]);
});
