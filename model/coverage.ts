/** Which permission sets cover a repository. */
import type { PathGlob } from "./glob.ts";
import { patternGlob } from "./pattern.ts";

/**
 * A function that finds the sets, in their order, that cover a repository: those of which at least one pattern matches it
 * and none with `!` does. Patterns are filed by what stands before their first wildcard, so that a look costs as much as there
 * are sets near the repository, not as there are sets.
 */
export function coverage<T extends { readonly repositories: readonly string[] }>(
  sets: readonly T[],
): (repository: string) => T[] {
  const filed = new Map<string, FiledPattern[]>();
  sets.forEach(({ repositories }, index) => {
    for (const text of repositories) {
      const [beginning = ""] = text.replace(/^!/, "").split(/[*?]/, 1);
      const there = filed.get(beginning);
      if (there) there.push({ index, text });
      else filed.set(beginning, [{ index, text }]);
    }
  });
  return (repository) => {
    const verdicts = new Map<number, boolean>();
    for (let length = 0; length <= repository.length; length++)
      for (const pattern of filed.get(repository.slice(0, length)) ?? []) {
        // most patterns are never looked at
        pattern.glob ??= patternGlob(pattern.text);
        if (!pattern.glob.matches(repository)) continue;
        const covers = !pattern.text.startsWith("!") && verdicts.get(pattern.index) !== false;
        verdicts.set(pattern.index, covers);
      }
    return [...verdicts]
      .flatMap(([index, covers]) => (covers ? [index] : []))
      .sort((a, b) => a - b)
      .flatMap((index) => sets[index] ?? []);
  };
}

interface FiledPattern {
  readonly index: number;
  readonly text: string;
  glob?: PathGlob;
}
