/** How each kind of constraint judges a write, by the key that the environment file has for it. */
import type { ConstraintKind } from "../../model/environment/constraint/kinds.ts";
import type { Constraint } from "../../model/environment/constraint.ts";
import type { Compilers } from "../../model/expression/compilers.ts";
import type { Release } from "../../model/release.ts";
import { type AccessJudge, keepJudge, limitJudge, protectJudge, separateJudge } from "./access.ts";
import {
  afterJudge,
  attributesJudge,
  beforeJudge,
  judgeOfUsers,
  keysJudge,
  requireJudge,
  valuesJudge,
} from "./users.ts";

/** A constraint, and what its judge is made with. */
export interface JudgedConstraint {
  readonly constraint: Constraint;
  readonly release: Release;
  readonly compilers: Compilers;
}

interface Kind<Asked> {
  /** Whether it looks at the groups that people are in. */
  readonly watchesAccess: boolean;
  /** @throws {Error} when an expression does not compile, which validation would have refused */
  judge(asked: Asked, judged: JudgedConstraint): AccessJudge;
}

export const judgesByKind: { readonly [Name in ConstraintKind]: Kind<NonNullable<Constraint[Name]>> } = {
  require: {
    watchesAccess: false,
    judge: (source, judged) => judgeOfUsers(requireJudge(source, judged.compilers), judged),
  },
  attributes: {
    watchesAccess: false,
    judge: (paths, judged) => judgeOfUsers(attributesJudge(paths, judged.release), judged),
  },
  values: { watchesAccess: false, judge: (values, judged) => judgeOfUsers(valuesJudge(values), judged) },
  keys: { watchesAccess: false, judge: (keys, judged) => judgeOfUsers(keysJudge(keys, judged), judged) },
  before: {
    watchesAccess: false,
    judge: (source, judged) => judgeOfUsers(beforeJudge(source, judged.compilers), judged),
  },
  after: {
    watchesAccess: true,
    judge: (source, judged) => judgeOfUsers(afterJudge(source, judged.compilers), judged),
  },
  // who triggers is asked where accounts are made
  trigger: { watchesAccess: false, judge: () => () => undefined },
  separate: { watchesAccess: true, judge: (separate) => separateJudge(separate) },
  protect: { watchesAccess: true, judge: (protect) => protectJudge(protect) },
  keep: { watchesAccess: true, judge: (keep, { release }) => keepJudge(keep, release) },
  limit: { watchesAccess: true, judge: (limit, { constraint }) => limitJudge(limit, constraint.connectors) },
};
