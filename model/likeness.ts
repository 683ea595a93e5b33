/** Which names people take for one another although they are not the same: it is told, and nothing is decided by it. */
import { distance } from "fastest-levenshtein";
import { Glob } from "./glob.ts";
import { foldName } from "./name.ts";

/** A name or pattern that another name almost meets. */
export interface NearName {
  /** As it was declared. */
  readonly text: string;
  /** Whether they look alike; else a letter is missing, too many or another one, as it may be meant. */
  readonly looksAlike: boolean;
}

/** A function that finds, for a name that meets none of them, which one it almost meets. What it takes is made when it is asked. */
export function nearestOf(
  names: readonly string[],
  patterns: readonly string[],
): (name: string) => NearName | undefined {
  let find: ((name: string) => NearName | undefined) | undefined;
  return (name) => {
    find ??= finderOf(names, patterns);
    return find(name);
  };
}

function finderOf(names: readonly string[], patterns: readonly string[]) {
  const looks = new Map(names.map((text) => [likenessOf(text), text]));
  const globs = patterns.map((text) => ({ text, glob: new Glob(likenessOf(text, "pattern")) }));
  const misspelt = misspellingsOf(names);
  return (name: string): NearName | undefined => {
    const look = likenessOf(name);
    const alike = looks.get(look) ?? globs.find(({ glob }) => glob.matches(look))?.text;
    if (alike !== undefined) return { text: alike, looksAlike: true };
    const text = misspelt(name);
    return text === undefined ? undefined : { text, looksAlike: false };
  };
}

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
function likenessOf(name: string, kind: "name" | "pattern" = "name"): string {
  const letters = foldName(name).normalize("NFKD").replace(/\p{M}/gu, "");
  const look = [...letters].map((letter) => latin.get(letter) ?? letter).join("");
  return look
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replace(kind === "name" ? /[^\p{L}\p{N}]+/gu : /[^\p{L}\p{N}*?]+/gu, "-")
    .replace(/^-|-$/g, "");
}

/**
 * A function that finds the name of which one letter alone is missing, too many or another one: of long names, and no digit,
 * since teams are counted.
 */
function misspellingsOf(names: readonly string[]): (name: string) => string | undefined {
  // two names one letter apart have a part in common, so that few need be compared
  const index = new Map<string, string[]>();
  for (const text of names)
    for (const part of partsOf(foldName(text))) {
      const others = index.get(part);
      if (others) others.push(text);
      else index.set(part, [text]);
    }
  return (given) => {
    const name = foldName(given);
    const isMeant = (text: string) => {
      const meant = foldName(text);
      return distance(name, meant) === 1 && withoutDigits(name) !== withoutDigits(meant);
    };
    for (const part of partsOf(name)) {
      const meant = index.get(part)?.find(isMeant);
      if (meant !== undefined) return meant;
    }
    return undefined;
  };
}

/** A name, and what is left of it without one letter. */
function partsOf(name: string): ReadonlySet<string> {
  if (name.length < 5 || name.length > 100) return new Set();
  return new Set([
    name,
    ...Array.from({ length: name.length }, (_, i) => name.slice(0, i) + name.slice(i + 1)),
  ]);
}

const withoutDigits = (name: string) => name.replace(/\d/g, "");
