/** What limits hold of removals, whichever request asked for each: as long as it waits, no other one has it done. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { lostGroups, type Transition, type Verdict } from "../../policy/constraints/change.ts";
import type { StandingLimits } from "../../policy/constraints/judge.ts";
import { dialectOf } from "../store/dialect.ts";
import type { Store } from "../store/schema.ts";
import { chunks } from "./rows.ts";

/** An account of somebody, or one of their memberships, that is taken away: as rows of what is held name it. */
export type AwaitedRemoval = `removal ${string}`;

/** @param group by key; absent for the account */
export function removalOf(user: string, group?: string): AwaitedRemoval {
  return group === undefined ? `removal ${user}` : `removal ${user} ${group}`;
}

/** All that is taken away where accounts change. */
export function removalsIn(transitions: readonly Transition[]): AwaitedRemoval[] {
  return transitions.flatMap((transition) => {
    const { user, before, after } = transition;
    const account = before && !after ? [removalOf(user)] : [];
    return [...account, ...lostGroups(transition).map((group) => removalOf(user, group))];
  });
}

export class Awaited {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The constraints for which one of these removals waits, and why. */
  async limitsOn(removals: readonly AwaitedRemoval[]): Promise<StandingLimits> {
    const limits = new Map<string, string>();
    for (const some of chunks([...removals].sort())) {
      const rows = await this.#store
        .selectFrom("hold_subjects")
        .innerJoin("holds", "holds.id", "hold_subjects.hold")
        .select("holds.verdicts")
        .distinct()
        .where(dialectOf(this.#store).isAmong("hold_subjects.subject", some))
        .where("holds.state", "=", "pending")
        .execute();
      for (const { verdicts } of rows)
        for (const { constraint, reason } of JSON.parse(verdicts) as Verdict[])
          limits.set(constraint, reason);
      if (removals.length > some.length) await nextTurn();
    }
    return limits;
  }
}
