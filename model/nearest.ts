import { distance } from "fastest-levenshtein";

/**
 * The candidate that was probably meant by `name`, or undefined when none is near.
 * Near is at most two edits, or a third of a longer name; a name with more behind it is as near as two edits.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = farthest(name) + 1;
  for (const candidate of candidates) {
    const edits = editsTo(name, candidate);
    if (edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/** Every candidate that is near, the nearest first. */
export function allNear(name: string, candidates: readonly string[]): string[] {
  return candidates
    .map((candidate) => ({ candidate, edits: editsTo(name, candidate) }))
    .filter(({ edits }) => edits <= farthest(name))
    .sort((a, b) => a.edits - b.edits)
    .map(({ candidate }) => candidate);
}

const farthest = (name: string): number => Math.max(2, Math.floor(name.length / 3));

function editsTo(name: string, candidate: string): number {
  const [ours, theirs] = [name.toLowerCase(), candidate.toLowerCase()];
  const isPart = ours.length > 2 && theirs.startsWith(ours);
  return isPart ? Math.min(2, theirs.length - ours.length) : distance(ours, theirs);
}

/** The end of an error message: `(expected …, did you mean "…"?)`, or only the half that is known. */
export function hint(expected: string, name?: string, candidates: Iterable<string> = []): string {
  const near = name === undefined ? undefined : nearest(name, candidates);
  return near === undefined ? `(expected ${expected})` : `(expected ${expected}, did you mean "${near}"?)`;
}
