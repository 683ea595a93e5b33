import { expect, test } from "vitest";
import { capitalized, count, indented, listed, paragraphs, printable } from "../../report/words.ts";

const names = Array.from({ length: 12 }, (_, i) => `p${i}`);

test("of many names the first ten are listed, and the rest is counted", () => {
  expect(listed(["ada", "bob"])).toBe("ada, bob");
  expect(listed(names.slice(0, 10))).toBe("p0, p1, p2, p3, p4, p5, p6, p7, p8, p9");
  expect(listed(names)).toBe("p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 and 2 more");
});

test("lines are set in, and of many the rest is counted", () => {
  expect(indented(["one", "two"])).toEqual(["  one", "  two"]);
  expect(indented(["one", "two", "three"], 1)).toEqual(["  one", "  and 2 more"]);
});

test("groups without lines leave no empty line", () => {
  expect(paragraphs(["a", "b"], [], ["c"])).toBe("a\nb\n\nc");
  expect(paragraphs()).toBe("");
});

test("numbers, beginnings of sentences, and what would steer a terminal", () => {
  expect([0, 1, 2].map((n) => count(n, "entry", "entries"))).toEqual(["0 entries", "1 entry", "2 entries"]);
  expect(capitalized("it counted once")).toBe("It counted once");
  expect(printable("a\u001b[2Jb\n")).toBe("a\uFFFD[2Jb\uFFFD");
});
