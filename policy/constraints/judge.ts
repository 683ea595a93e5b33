/** All constraints of a release against one write. */
import { milliseconds } from "../../model/duration.ts";
import type { ConstraintKind } from "../../model/environment/constraint/kinds.ts";
import { type Constraint, kindOf, operationsOf } from "../../model/environment/constraint.ts";
import type { Compilers } from "../../model/expression/compilers.ts";
import type { Release } from "../../model/release.ts";
import type { AccessJudge } from "./access.ts";
import type { Change, Decision, Facts, Verdict } from "./change.ts";
import { type Judged, kinds } from "./kinds.ts";

/** The constraints of a release, ready to judge. */
export interface Constraints {
  /** Whether any of them looks at groups; without one, transitions and who joins a group need not be known. */
  readonly watchAccess: boolean;
  /** Whether any of them counts over time, and over how much at most, in milliseconds; 0 when none does. */
  readonly window: number;
  /** Judges one write. A constraint that cannot be evaluated is one that does not hold. */
  judge(change: Change, facts: Facts, now: number): Promise<Decision>;
}

interface Compiled {
  readonly name: string;
  readonly constraint: Constraint;
  readonly judge: AccessJudge;
}

/**
 * Compiles the constraints of a validated release.
 * @throws {Error} when an expression does not compile, which validation would have refused
 */
export function compileConstraints(release: Release, compilers: Compilers): Constraints {
  const all = Object.entries(release.constraints)
    .map(
      ([name, constraint]): Compiled => ({
        name,
        constraint,
        judge: judgeOf(kindOf(constraint), { constraint, release, compilers }),
      }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const limits = all.flatMap(({ constraint }) => constraint.limit ?? []);
  return {
    watchAccess: all.some(({ constraint }) => watchesAccess(constraint)),
    window: Math.max(0, ...limits.map(({ per }) => milliseconds(per))),
    async judge(change, facts, now) {
      const verdicts: Verdict[] = [];
      for (const { name, constraint, judge } of all) {
        if (constraint.connectors && !constraint.connectors.includes(change.connector)) continue;
        const reason = await judge(change, facts, now);
        if (reason !== undefined)
          verdicts.push({
            constraint: name,
            otherwise: constraint.otherwise,
            reason: constraint.message ?? reason,
          });
      }
      const met = (otherwise: Verdict["otherwise"]) =>
        verdicts.some((verdict) => verdict.otherwise === otherwise);
      return { outcome: met("reject") ? "rejected" : met("hold") ? "held" : "done", verdicts };
    },
  };
}

function watchesAccess(constraint: Constraint): boolean {
  return kinds[kindOf(constraint)].watchesAccess || operationsOf(constraint).includes("member.add");
}

function judgeOf<Kind extends ConstraintKind>(kind: Kind, judged: Judged): AccessJudge {
  return kinds[kind].judge(judged.constraint[kind] as NonNullable<Constraint[Kind]>, judged);
}
