/** Regular expressions of people's own: RE2, whose time grows with the text and never runs away. */
import { createRequire } from "node:module";
import type { RE2JS } from "re2js";

// most environments have none, and it takes time to load
let loaded: typeof RE2JS | undefined;
function re2(): typeof RE2JS {
  loaded ??= (createRequire(import.meta.url)("re2js") as { RE2JS: typeof RE2JS }).RE2JS;
  return loaded;
}

/** How many parts a pattern may have when its counts are written out: a match looks at each of them for each character. */
const mostParts = 1_000;

/** Why a text is no regular expression (RE2 syntax), or too costly a one; undefined when it is one. */
export function patternProblem(pattern: string): string | undefined {
  try {
    const parts = re2().compile(pattern).programSize();
    return parts > mostParts
      ? `its counts written out are ${parts} parts, and at most ${mostParts} are allowed`
      : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^error parsing regexp: /, "");
  }
}

/** A test whether the whole of a text matches a valid pattern. */
export function wholeMatch(pattern: string): (text: string) => boolean {
  const compiled = re2().compile(pattern);
  return (text) => compiled.matches(text);
}
