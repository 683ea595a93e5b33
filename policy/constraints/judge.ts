/** All constraints of a release against one write. */

import { milliseconds } from "../../model/duration.ts";
import { type Constraint, kindOf, operationsOf } from "../../model/environment/constraint.ts";
import type { Compilers } from "../../model/expression/compilers.ts";
import type { Compiler, Expression } from "../../model/expression.ts";
import type { Release } from "../../model/release.ts";
import type { Milliseconds, Time } from "../../model/time.ts";
import { attempt } from "../attempt.ts";
import { type AccessJudge, keepJudge, limitJudge, protectJudge, separateJudge } from "./access.ts";
import type { Decision, JudgedWrite, Verdict, WriteFacts, WrittenUser } from "./change.ts";
import { attributesJudge, type UserJudge, valuesJudge } from "./users.ts";

/** The constraints of a release, ready to judge. */
export interface Constraints {
  /** Whether any of them looks at groups; without one, transitions and who joins a group need not be known. */
  readonly watchAccess: boolean;
  /** Whether any of them counts over time, and over how much at most; 0 when none does. */
  readonly window: Milliseconds;
  /** Judges one write. A constraint that cannot be evaluated is one that does not hold. */
  judge(write: JudgedWrite, facts: WriteFacts, now: Time): Promise<Decision>;
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
        judge: judgeOf(constraint, release, compilers),
      }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const limits = all.flatMap(({ constraint }) => constraint.limit ?? []);
  return {
    watchAccess: all.some(({ constraint }) => watchesAccess(constraint)),
    window: Math.max(0, ...limits.map(({ per }) => milliseconds(per))),
    async judge(write, facts, now) {
      const verdicts: Verdict[] = [];
      for (const { name, constraint, judge } of all) {
        if (constraint.connectors && !constraint.connectors.includes(write.connector)) continue;
        const reason = await judge(write, facts, now);
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
  return (
    ["protect", "separate", "keep", "limit", "after"].includes(kindOf(constraint)) ||
    operationsOf(constraint).includes("member.add")
  );
}

function judgeOf(constraint: Constraint, release: Release, compilers: Compilers): AccessJudge {
  const { protect, separate, keep, limit, trigger } = constraint;
  if (protect) return protectJudge(protect);
  if (separate) return separateJudge(separate);
  if (keep) return keepJudge(keep, release);
  if (limit) return limitJudge(limit, constraint.connectors);
  // who triggers is asked where accounts are made
  if (trigger) return () => undefined;
  const operations = new Set(operationsOf(constraint));
  const applies = conditionOf(constraint, compilers);
  const judge = userJudgeOf(constraint, release, compilers);
  return ({ users }) => {
    for (const user of users) {
      if (!user.operations.some((operation) => operations.has(operation))) continue;
      const condition = applies(user);
      const reason = condition === true ? judge(user) : condition === false ? undefined : condition;
      if (reason === undefined) continue;
      // who it is goes without saying where a user is written
      const isWritten = user.operations.some((operation) => operation !== "member.add");
      return isWritten ? reason : `${user.account.name}: ${reason}`;
    }
    return undefined;
  };
}

/** Whether a constraint is about a user, or why that cannot be evaluated. */
function conditionOf({ when }: Constraint, { ofAll }: Compilers): (user: WrittenUser) => boolean | string {
  if (when === undefined) return () => true;
  const expression = compile(ofAll, when);
  return ({ after }) => {
    const result = attempt(() => expression.evaluate({ user: after, vars: ofAll.vars }));
    return result.ok ? result.value === true : `it could not be evaluated: ${result.error}`;
  };
}

function userJudgeOf(constraint: Constraint, release: Release, compilers: Compilers): UserJudge {
  const { attributes, values, require, before, after } = constraint;
  if (attributes) return attributesJudge(attributes, schemasOf(release));
  if (values) return valuesJudge(values);
  const { vars } = compilers.ofAll;
  if (after !== undefined) {
    const expression = compile(compilers.ofAccounts, after);
    return holds(after, ({ after: user, account, groups }) =>
      expression.evaluate({ user, vars, account: { ...account, groups: [...groups].sort() } }),
    );
  }
  const source = String(require ?? before);
  const expression = compile(compilers.ofAll, source);
  return holds(source, (written) => {
    const user = require === undefined ? written.before : written.after;
    return user === undefined || expression.evaluate({ user, vars });
  });
}

function holds(source: string, evaluate: (user: WrittenUser) => unknown): UserJudge {
  return (user) => {
    const result = attempt(() => evaluate(user));
    if (!result.ok) return `it could not be evaluated: ${result.error}`;
    return result.value === true ? undefined : `it must hold that ${source}`;
  };
}

function schemasOf({ connectors }: Release): ReadonlyMap<string, string> {
  return new Map(
    Object.values(connectors).flatMap(({ extensions = {} }) =>
      Object.entries(extensions).map(([name, { schema }]): [string, string] => [name, schema]),
    ),
  );
}

function compile(compiler: Compiler, source: string): Expression {
  const compiled = compiler.compile(source, "bool");
  if (!compiled.ok) throw new Error(`${source}: ${compiled.error[0].message}`);
  return compiled.value;
}
