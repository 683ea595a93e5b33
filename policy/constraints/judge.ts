/** All constraints of a release against one write. */

import { milliseconds } from "../../model/duration.ts";
import type { ConstraintKind } from "../../model/environment/constraint/kinds.ts";
import { type Constraint, kindOf, operationsOf } from "../../model/environment/constraint.ts";
import type { Compilers } from "../../model/expression/compilers.ts";
import { EvaluationFailure } from "../../model/expression/failure.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import type { AccessJudge } from "./access.ts";
import type { Decision, JudgedWrite, Verdict, WriteFacts } from "./change.ts";
import { type JudgedConstraint, judgesByKind } from "./kinds.ts";

/** The constraints of a release, ready to judge. */
export interface Constraints {
  /** Whether any of them looks at groups; without one, transitions and who joins a group need not be known. */
  readonly watchAccess: boolean;
  /** Whether any of them counts over time, and over how much at most; 0 when none does. */
  readonly window: Milliseconds;
  /**
   * Judges one write. A constraint that cannot be evaluated is one that does not hold.
   *
   * @param standing limits for which something waits already that the write takes away, and why: for them no time has gone since
   */
  judge(write: JudgedWrite, facts: WriteFacts, now: Time, standing?: StandingLimits): Promise<Decision>;
}

/** By the names of the constraints. */
export type StandingLimits = ReadonlyMap<string, string>;

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
    async judge(write, facts, now, standing) {
      const verdicts: Verdict[] = [];
      for (const { name, constraint, judge } of all) {
        if (constraint.connectors && !constraint.connectors.includes(write.connector)) continue;
        const stands = constraint.limit && standing?.get(name);
        const told = await judge(write, stands === undefined ? facts : noneLeft(facts), now);
        const reason = told !== undefined && stands !== undefined ? stands : told;
        if (reason === undefined) continue;
        // nobody can approve, and no warning can stand for, what was never found out
        if (reason instanceof EvaluationFailure) return overBudget(name, constraint, reason);
        verdicts.push({
          constraint: name,
          otherwise: constraint.otherwise,
          reason: constraint.message ?? reason,
          ...ownerOf(constraint),
        });
      }
      const met = (otherwise: Verdict["otherwise"]) =>
        verdicts.some((verdict) => verdict.otherwise === otherwise);
      return { outcome: met("reject") ? "rejected" : met("hold") ? "held" : "done", verdicts };
    },
  };
}

/** The facts where a limit is used up. */
function noneLeft(facts: WriteFacts): WriteFacts {
  return { ...facts, countWithin: async () => Number.POSITIVE_INFINITY };
}

function overBudget(name: string, constraint: Constraint, { message: reason }: EvaluationFailure): Decision {
  return {
    outcome: "overBudget",
    verdicts: [{ constraint: name, otherwise: "reject", reason, ...ownerOf(constraint) }],
  };
}

const ownerOf = ({ owner }: Constraint) => (owner === undefined ? {} : { owner });

function watchesAccess(constraint: Constraint): boolean {
  return judgesByKind[kindOf(constraint)].watchesAccess || operationsOf(constraint).includes("member.add");
}

function judgeOf<Kind extends ConstraintKind>(kind: Kind, judged: JudgedConstraint): AccessJudge {
  return judgesByKind[kind].judge(judged.constraint[kind] as NonNullable<Constraint[Kind]>, judged);
}
