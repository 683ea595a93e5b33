/** The bounds of a release against what is active, counted over the people and repositories that are here. */
import type { ActiveRelease, Excess, Impact } from "../../api/contract.ts";
import type { Accept } from "../../model/environment/bounds.ts";
import type { Release } from "../../model/release.ts";
import type { Time } from "../../model/time.ts";
import {
  accountsWithAccess,
  affectedPeople,
  judgeBounds,
  laterChanges,
  type People,
} from "../../policy/bounds.ts";
import type { Side } from "../../policy/impact.ts";
import type { Program } from "../../policy/program.ts";

/** The part of an impact that bounds are about. */
export type BoundsVerdict = Pick<
  Impact,
  "from" | "accounts" | "lose" | "gain" | "later" | "excesses" | "acceptance"
>;

/** A release as another one is compared with it. */
export interface Compared {
  readonly active: Pick<ActiveRelease, "digest" | "origin">;
  readonly program: Program;
}

export interface Step {
  readonly before: Side;
  readonly after: Side;
  readonly repositories: readonly string[];
  /** What it is compared with. */
  readonly present: Compared | null;
  /** Null for the end of the active release, which bounds do not hold. */
  readonly release: Release | null;
  readonly accept: Accept | undefined;
  /** When it is judged. */
  readonly now: Time;
}

/** Judges a step from what is active to a release. The same function judges at plan time and within the activation. */
export function judge({ before, after, repositories, present, release, accept, now }: Step): BoundsVerdict {
  const from = present?.active.digest ?? null;
  const atOnce = affectedPeople(before, after, repositories, now);
  const later = laterChanges(before, after, repositories, now, atOnce);
  const all = (of: keyof People) => [atOnce, ...later].flatMap((change) => change[of]).sort();
  const people: People = { lose: all("lose"), gain: all("gain") };
  const having = accountsWithAccess(before, repositories, now);
  const accounts = having.length;
  const counts = {
    from,
    accounts,
    lose: people.lose.length,
    gain: people.gain.length,
    later: later.map(({ at, lose, gain }) => ({ at, lose: [...lose], gain: gain.length })),
  };
  if (!release) return { ...counts, excesses: [], acceptance: "absent" };
  const keeping = new Set(accountsWithAccess(after, repositories, now));
  for (const { at, lose } of later) {
    const then = new Set(lose.length > 0 ? accountsWithAccess(after, repositories, at) : []);
    for (const account of lose) if (!then.has(account)) keeping.delete(account);
  }
  const { excesses, acceptance } = judgeBounds({
    people,
    accounts,
    remaining: having.filter((account) => keeping.has(account)).length,
    groupsOf: (account) => [
      ...(before.population.accounts.get(account)?.groups ?? []),
      ...(after.population.accounts.get(account)?.groups ?? []),
    ],
    bounds: { proposed: release.settings.bounds, active: present?.program.release.settings.bounds },
    from,
    accept,
  });
  const sources = present?.active.origin.sources;
  return {
    ...counts,
    acceptance,
    excesses: excesses.map((excess): Excess => {
      const at = excess.of === "active" ? sources?.[`bounds.${excess.bound}`] : undefined;
      return at === undefined ? excess : { ...excess, at };
    }),
  };
}
