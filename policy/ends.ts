/** The moments at which rules end by themselves, and where: what a release takes then, nobody deploys. */
import { coverage } from "../model/coverage.ts";
import type { PermissionSet } from "../model/environment/permission-set.ts";
import { endOf } from "../model/environment/subject.ts";
import type { Release } from "../model/release.ts";
import type { Time } from "../model/time.ts";

/** A moment at which rules end, and the repositories that they are about: nowhere else does access change then. */
export interface End {
  readonly at: Time;
  readonly repositories: readonly string[];
}

type Permissions = Pick<Release, "permissions">;

/** Every moment after a time at which a rule of one of the releases ends, in their order. */
export function endsAfter(
  releases: readonly Permissions[],
  repositories: readonly string[],
  now: Time,
): End[] {
  const ending = new Map<Time, PermissionSet[]>();
  for (const { permissions } of releases)
    for (const set of Object.values(permissions))
      for (const at of new Set([set.read, set.write, set.deny.read, set.deny.write].flat().map(endOf)))
        if (at > now && at < Number.POSITIVE_INFINITY) {
          const there = ending.get(at);
          if (there) there.push(set);
          else ending.set(at, [set]);
        }
  return [...ending]
    .sort(([a], [b]) => a - b)
    .map(([at, sets]) => {
      const covering = coverage(sets);
      return { at, repositories: repositories.filter((repository) => covering(repository).length > 0) };
    });
}
