import { distance } from "fastest-levenshtein";

/**
 * The candidate that was probably meant by `name`, or undefined when none is near.
 * Near is at most two edits, or a third of a longer name; a name with more behind it is as near as two edits.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const [ours, theirs] = [name.toLowerCase(), candidate.toLowerCase()];
    const isPart = ours.length > 2 && theirs.startsWith(ours);
    const edits = isPart ? Math.min(2, theirs.length - ours.length) : distance(ours, theirs);
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
