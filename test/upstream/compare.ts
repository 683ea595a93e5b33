/** What one of Mercurial's own tests printed otherwise than it expects, and which known difference that is. */

/** Neighbouring lines of a test that are no longer there, and those that took their place. */
export interface Hunk {
  /** Where in the test, from 1. */
  readonly line: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** A difference by design. */
export interface Difference {
  /** What each removed line, and each added one, must look like; blank lines may go with either. */
  readonly removed: readonly RegExp[];
  readonly added: readonly RegExp[];
}

/** The hunks of what `diff -U2 EXPECTED FOUND` prints: what is close together is one. */
export function hunks(diff: string): Hunk[] {
  const found: { line: number; removed: string[]; added: string[] }[] = [];
  for (const line of diff.split("\n")) {
    const [, start] = /^@@ -(\d+)/.exec(line) ?? [];
    const hunk = found.at(-1);
    if (start !== undefined) found.push({ line: Number(start), removed: [], added: [] });
    else if (line.startsWith("-")) hunk?.removed.push(line.slice(1));
    else if (line.startsWith("+")) hunk?.added.push(line.slice(1));
  }
  return found;
}

/** The first of the differences that accounts for every line of a hunk; undefined where none does. */
export function nameOf(hunk: Hunk, differences: Readonly<Record<string, Difference>>): string | undefined {
  const all = (lines: readonly string[], patterns: readonly RegExp[]) =>
    lines.every((line) => line.trim() === "" || patterns.some((pattern) => pattern.test(line)));
  return Object.entries(differences).find(
    ([, { removed, added }]) => all(hunk.removed, removed) && all(hunk.added, added),
  )?.[0];
}
