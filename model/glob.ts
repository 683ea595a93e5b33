/**
 * Names with wildcards: `*` stands for any characters, `?` for one. No regular expression, which would try every way to share
 * out what several `*` match: this takes time by the length of the name and that of the pattern, whatever they are.
 */
export class Glob {
  readonly #pattern: readonly string[];

  constructor(pattern: string) {
    this.#pattern = [...pattern];
  }

  /** Whether the whole text is such a name. */
  matches(text: string): boolean {
    const pattern = this.#pattern;
    const characters = [...text];
    let [at, next] = [0, 0];
    // the last *, and up to where it reaches: no earlier one has to reach further
    let [star, reach] = [-1, 0];
    while (at < characters.length) {
      const wanted = pattern[next];
      if (wanted === "*") {
        star = next++;
        reach = at;
      } else if (wanted === "?" || wanted === characters[at]) {
        next++;
        at++;
      } else if (star >= 0) {
        next = star + 1;
        at = ++reach;
      } else return false;
    }
    return pattern.slice(next).every((rest) => rest === "*");
  }
}
