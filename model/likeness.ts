/** Which names people take for one another although they are not the same: it is told, and nothing is decided by it. */
import { distance } from "fastest-levenshtein";
import { foldName } from "./name.ts";

/** Latin letters, and what looks like one or like its capital: of Cyrillic, Greek and digits, folded. */
const lookalikes: Readonly<Record<string, string>> = {
  ...{ a: "аαɑ", b: "вβ", c: "сϲ", d: "ԁ", e: "еε", g: "ɡԍ", h: "һнη", j: "ј", k: "кκ" },
  ...{ l: "iіι1|ıӏ", m: "мμ", n: "ν", o: "оο0", p: "рρ", q: "ԛ", r: "г", s: "ѕ", t: "тτ" },
  ...{ w: "ԝω", x: "хχ", y: "уυ", z: "ζ" },
};
const latin = new Map(
  Object.entries(lookalikes).flatMap(([letter, others]) => [...others].map((other) => [other, letter])),
);

/**
 * How a name looks at a glance: without accents, with one stroke for whatever separates words, and in letters that stand for
 * those like them. Wildcards of a pattern stay.
 */
export function likenessOf(name: string, kind: "name" | "pattern" = "name"): string {
  const letters = foldName(name).normalize("NFKD").replace(/\p{M}/gu, "");
  const look = [...letters].map((letter) => latin.get(letter) ?? letter).join("");
  return look
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replace(kind === "name" ? /[^\p{L}\p{N}]+/gu : /[^\p{L}\p{N}*?]+/gu, "-")
    .replace(/^-|-$/g, "");
}

/** Whether one letter alone is missing, too many or another one: of long names, and no number, since teams are counted. */
export function isMisspelt(name: string, meant: string): boolean {
  const isLong = Math.min(name.length, meant.length) >= 5;
  // where one letter differs, an end is the same: most names need no more than a look
  const isNear = name[0] === meant[0] || name.at(-1) === meant.at(-1);
  if (!isLong || !isNear || Math.abs(name.length - meant.length) > 1) return false;
  return distance(name, meant) === 1 && withoutDigits(name) !== withoutDigits(meant);
}

const withoutDigits = (name: string) => name.replace(/\d/g, "");
