/** Which names the extension takes for one, and which it takes at all. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foldName } from "../../../model/name.ts";
import { coversName } from "../../../policy/places.ts";
import { Answering } from "./answering.ts";
import { bytes } from "./hostile.ts";

let extension: Answering;
beforeAll(async () => {
  extension = await Answering.start("ask.py");
});
afterAll(() => extension.end());

const faults = (names: readonly string[]) => extension.ask({ faults: names });
const folded = (names: readonly string[]) => extension.ask({ folded: names }) as Promise<string[]>;

describe("the fault of a name", () => {
  it.each([
    [
      "begins or ends with a space",
      ["stable ", " stable", ...["\xa0", "\u2003", "\u3000"].map((s) => bytes(`stable${s}`))],
    ],
    ["has a control character", ["stable\t", "a\nb", "a\rb", "a\0b", "\x0bx", "x\x1c", "x\x1f", "x\x7f"]],
    ["has a control character", ["x\x85", "a\u2028b", "a\u2029b"].map(bytes)],
    ["has a colon", ["a:b", ":"]],
    ["is not UTF-8", ["\xe4", "a\xc1\xa1", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3"]],
    ["is empty", [""]],
    ["is reserved", ["tip", ".", "null"]],
    ["is a number", ["0", "12", "-1", "+7", "0".repeat(5_000)]],
  ])("is that it %s", async (fault, names) => {
    expect(await faults(names)).toEqual(names.map(() => fault));
  });

  it("is none where it reads as it is", async () => {
    const names = [
      "default",
      "feature/x y",
      "v1_0",
      "1.0",
      "@",
      "Tip",
      "..",
      "a//b",
      "#1",
      "é",
      "e\u0301",
      "日本",
      "١٢",
    ];
    expect(await faults(names.map(bytes))).toEqual(names.map(() => null));
  });

  it("is there for what any reader of lines would change", async () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        "a",
        " ",
        "\t",
        "\n",
        "\r",
        "\0",
        ":",
        "\x0b",
        "\x1c",
        "\x85",
        "\xa0",
        "\u2028",
        "é",
      ),
      maxLength: 4,
    });
    const names = fc.sample(hostile, 3_000);
    for (const [n, fault] of ((await faults(names.map(bytes))) as (string | null)[]).entries()) {
      const name = names[n] as string;
      if (fault) continue;
      expect(name.trim()).toBe(name);
      expect(name).toMatch(/^[a :é\xa0]+$/);
    }
  });
});

describe("a path in place of a folder that a rule names", () => {
  it.each([
    ["secrets/**", ["secrets", "Secrets", "secrets/x"], ["b/secrets", "secret"]],
    ["*/secrets/**", ["b/secrets", "B/SECRETS", "b/secrets/x/y"], ["secrets", "b", "a/b/secrets"]],
    [
      "**/secrets/*.key",
      ["secrets", "b/secrets", "a/b/Secrets", "a/secrets/x.KEY"],
      ["b", "secrets/x", "x.key"],
    ],
    ["a/*/c?/**", ["a", "a/b/cd", "a/b/cd/x"], ["a/b", "a/b/c", "b"]],
    ["release-*/keys/*", ["release-1", "release-1/keys"], ["release", "x/keys"]],
    ["**", ["a", "a/b"], []],
    ["*/*", ["a/b"], ["a", "a/b/c"]],
  ])("is covered by %s", async (rule, inside, outside) => {
    const asked = [...inside, ...outside].map((path) => ["path", rule, path] as const);
    const expected = asked.map((_, n) => n < inside.length);
    expect(await extension.ask({ around: asked })).toEqual(expected);
    expect(asked.map((each) => coversName(...each))).toEqual(expected);
    // a branch stands in no folder
    const branches = asked.map(([, pattern, name]) => ["branch", pattern, name] as const);
    expect(await extension.ask({ around: branches })).toEqual(branches.map((each) => coversName(...each)));
  });

  it("is so in the extension as in the policy, whatever it is", async () => {
    const segment = fc.constantFrom("a", "A", "b*", "*b", "?", "*", "**", "*?", "a b", "ß", "a.");
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join("/"));
    const asked = fc
      .sample(fc.tuple(path, path), 5_000)
      .map(([rule, name]) => ["path", rule, name.replaceAll(/[*?]/g, "x")] as const);
    const found = (await extension.ask({ around: asked })) as boolean[];
    for (const [n, each] of asked.entries()) expect(found[n], each.join(" ")).toBe(coversName(...each));
    expect(found.filter(Boolean).length).toBeGreaterThan(500);
  });
});

describe("names that are one", () => {
  it.each([
    [
      "stable",
      [
        "Stable",
        "STABLE",
        "ｓｔａｂｌｅ",
        "sta\u200bble",
        "stable\ufe0f",
        "\u00adstable",
        "ſtable",
        "ﬆable",
        " stable",
        "stable. .",
      ],
    ],
    ["straße", ["STRASSE", "Straẞe"]],
    ["café", ["cafe\u0301", "CAFE\u0301", "cafe\u200d\u0301"]],
    ["a b", ["a  b", "a\u00a0b", "A\u3000B"]],
  ])("are those that look like %s", async (name, others) => {
    const [one, ...folds] = await folded([name, ...others]);
    expect(folds).toEqual(others.map(() => one));
  });

  it("are not those that only resemble it", async () => {
    const names = ["stable", "stable-2", "unstable", "st.able", "stаble", "cafe", "café"];
    expect(new Set(await folded(names)).size).toBe(names.length);
  });

  it("have the same spaces in an environment file, of all that are", async () => {
    const points = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code)).filter(
      // what is assigned, of any use
      (point) => !/[\p{Cn}\p{Co}\p{Cs}]/u.test(point),
    );
    const names = points.map((point) => `a${point}b`);
    const spaces = (folds: readonly string[]) => points.filter((_, n) => folds[n] === "a b");
    const some = spaces(names.map(foldName));
    expect(spaces(await folded(names))).toEqual(some);
    expect(some.length).toBeGreaterThan(20);
    // also around a name, and in a path
    const around = [...points.slice(0, 0x100), "\u2028", "\u3000"].flatMap((one) => [
      `${one}a`,
      `a${one}`,
      `a ${one} b`,
    ]);
    const questions = around.map(
      (name) => ["branch", foldName(name).replaceAll(/[*?]/g, "?"), name] as const,
    );
    const inPaths = around.map((name) => ["path", "x/a/**", `x/${name}/b`] as const);
    const asked: (readonly ["branch" | "path", string, string])[] = [...questions, ...inPaths];
    expect(await extension.ask({ around: asked })).toEqual(asked.map((each) => coversName(...each)));
  });

  it("are those that are one in an environment file", async () => {
    const unit = fc.constantFrom(
      ...[
        "a",
        "A",
        "ß",
        "ẞ",
        "ﬁ",
        "é",
        "e\u0301",
        "Σ",
        "ς",
        "\u200b",
        " ",
        "İ",
        "ǰ",
        "Ａ",
        "가",
        "\u1100\u1161",
      ],
    );
    const pairs = fc.sample(
      fc.tuple(fc.string({ unit, maxLength: 3 }), fc.string({ unit, maxLength: 3 })),
      5_000,
    );
    const folds = await folded(pairs.flat());
    for (const [n, [one, other]] of pairs.entries())
      expect(folds[2 * n] === folds[2 * n + 1], `${one} ${other}`).toBe(foldName(one) === foldName(other));
  });
});
