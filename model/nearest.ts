import { distance } from "fastest-levenshtein";

/**
 * The candidate that was probably meant by `name`, or undefined when none is near.
 * Near is at most two edits, or a third of a longer name.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = distance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/** The end of an error message: `(expected …, did you mean "…"?)`, or only the half that is known. */
export function hint(expected: string, name?: string, candidates: Iterable<string> = []): string {
  const near = name === undefined ? undefined : nearest(name, candidates);
  return near === undefined ? `(expected ${expected})` : `(expected ${expected}, did you mean "${near}"?)`;
}
