/** The two sides of a comparison: people, under the one release and under the other. */
import { canonicalJson } from "../../model/canonical.ts";
import type { WholeSide } from "../../policy/losses.ts";
import { populate, type Resources } from "../../policy/population.ts";
import type { Program } from "../../policy/program.ts";

/** People under a release; nobody where none is active. */
export function sideOf(people: Resources, program: Program | null): WholeSide {
  if (!program)
    return {
      release: { permissions: {} },
      population: { accounts: new Map(), withheld: [], failures: [] },
    };
  return { release: program.release, population: populate(program, people) };
}

/** People under two releases, either of which may be none. They are looked at once where the two differ in permissions alone. */
export function sidesOf(
  people: Resources,
  before: Program | null,
  after: Program | null,
): readonly [before: WholeSide, after: WholeSide] {
  const was = sideOf(people, before);
  const isAlike = before && after && concerningPeople(before) === concerningPeople(after);
  return [was, isAlike ? { ...was, release: after.release } : sideOf(people, after)];
}

/** All of a release but who may do what where: what may say who somebody is. */
function concerningPeople({ release: { permissions: _, ...rest } }: Program): string {
  return canonicalJson(rest);
}
