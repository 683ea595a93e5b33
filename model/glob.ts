/**
 * Names with wildcards. No regular expression, which would try every way to share out what several wildcards stand for: this
 * takes time by the length of the name times that of the pattern at worst, whatever they are. The Mercurial extension has the
 * same, in `agent/mercurial/hgscim/wildcards.py`.
 */

/** What is special in a pattern. */
export interface Wildcards {
  /** Characters that no wildcard stands for; none when absent. */
  readonly stops?: string;
  /** Whether `?` is a wildcard, as it is when absent; otherwise it stands for itself. */
  readonly question?: boolean;
}

/** A pattern in which `*` stands for any characters, also none, and `?` for one. A character is a code point. */
export class Glob {
  readonly #parts: readonly string[];
  /** The only text that matches, of a pattern without wildcards. */
  readonly #literal: string | undefined;
  readonly #rules: Rules<string, string>;

  constructor(pattern: string, { stops = "", question = true }: Wildcards = {}) {
    this.#parts = [...pattern];
    const isWild = pattern.includes("*") || (question && pattern.includes("?"));
    this.#literal = isWild ? undefined : pattern;
    const takes = (character: string) => !stops.includes(character);
    this.#rules = {
      isRun: (part) => part === "*",
      fits: (part, character) => part === character || (question && part === "?" && takes(character)),
      takes,
    };
  }

  /** Whether the whole text is such a name. */
  matches(text: string): boolean {
    if (this.#literal !== undefined) return text === this.#literal;
    return match(this.#parts, [...text], this.#rules);
  }

  /** Whether it is certain to match whatever another pattern, of the same wildcards, matches. Not all that do are found. */
  includes(pattern: string): boolean {
    const fits = (part: string, other: string) =>
      part === other || (other !== "*" && this.#rules.fits(part, other));
    return match(this.#parts, [...pattern], { ...this.#rules, fits });
  }
}

/**
 * A pattern of paths, whose segments stand between slashes. `*` and `?` stand for characters of one segment; the segment `**`
 * for any number of whole segments, and at the end for at least one.
 */
export class PathGlob {
  readonly #segments: readonly Segment[];

  constructor(pattern: string) {
    this.#segments = segmentsOf(pattern).map((text) => (text === deep ? deep : new Glob(text)));
  }

  /** Whether the whole path is such a name. */
  matches(path: string): boolean {
    return match(this.#segments, path.split("/"), pathRules);
  }

  /** Whether it is certain to match whatever another pattern of paths matches. Not all that do are found. */
  includes(pattern: string): boolean {
    const fits = (part: Segment, segment: string) =>
      part !== deep && segment !== deep && part.includes(segment);
    return match(this.#segments, segmentsOf(pattern), { ...pathRules, fits });
  }
}

type Segment = Glob | typeof deep;
const deep = "**";
const pathRules: Rules<Segment, string> = {
  isRun: (part) => part === deep,
  fits: (part, segment) => part !== deep && part.matches(segment),
  takes: () => true,
};

/** The segments of a pattern, with one that must be there before the last `**`. */
function segmentsOf(pattern: string): string[] {
  const segments = pattern.split("/");
  if (segments.at(-1) === deep) segments.splice(-1, 0, "*");
  return segments;
}

interface Rules<Part, Item> {
  /** Whether a part of the pattern stands for any number of items, also none. */
  isRun(part: Part): boolean;
  /** Whether a part that is no run stands for an item. */
  fits(part: Part, item: Item): boolean;
  /** Whether a run may stand for an item. */
  takes(item: Item): boolean;
}

/**
 * Whether a pattern stands for all of the items. Where one does not fit, the last run takes one more. No earlier run has to:
 * what it could take besides, the last one can take as well. And where a run may not take an item, the pattern's next part that
 * fits such an item stands for this one, so that more for an earlier run would not help either.
 */
function match<Part, Item>(
  pattern: readonly Part[],
  items: readonly Item[],
  { isRun, fits, takes }: Rules<Part, Item>,
): boolean {
  let [at, next] = [0, 0];
  // where the pattern goes on after its last run so far, and the items after what that run takes
  let [after, reach] = [-1, 0];
  for (;;) {
    const part = pattern[next];
    if (part !== undefined && isRun(part)) {
      after = ++next;
      reach = at;
      continue;
    }
    const item = items[at];
    if (item === undefined) return part === undefined;
    if (part !== undefined && fits(part, item)) {
      next++;
      at++;
      continue;
    }
    const more = items[reach];
    if (after < 0 || more === undefined || !takes(more)) return false;
    at = ++reach;
    next = after;
  }
}

/** Whether a pattern has no wildcards, and so matches one name alone. */
export function isLiteral(pattern: string): boolean {
  return !/[*?]/.test(pattern);
}
