/**
 * A release made ready to evaluate. Everything in this room is a pure function of the release, the resources and
 * the time it is given: the agent, the impact at plan time and the policy tests all run this same code.
 */

import { isDerived } from "../model/environment/connector/selection.ts";
import { expectedAccount, isAccountName } from "../model/environment/subject.ts";
import { expressionCompilers } from "../model/expression/compilers.ts";
import type { EvaluationFailure, FailureCode } from "../model/expression/failure.ts";
import type { Compiler, Expression, ExpressionType } from "../model/expression.ts";
import { type GroupIndex, groupIndex } from "../model/groups.ts";
import { type Release, toEnvironment, toRelease } from "../model/release.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { attempt } from "./attempt.ts";
import { type Constraints, compileConstraints } from "./constraints/judge.ts";
import { type Triggers, triggersOf } from "./constraints/trigger.ts";
import type { Account, User } from "./user.ts";

/** What a release makes of one user. */
export type Entitlement =
  | {
      readonly kind: "account";
      readonly account: Account;
      /** The derived groups that the user is in: `connector/group`. */
      readonly derived: readonly string[];
      /** The public keys for SSH, as the identity provider sent them; absent where the mapping has none. */
      readonly keys?: readonly string[];
    }
  | {
      readonly kind: "none";
      readonly reason:
        | "inactive"
        | "out of scope"
        | "withheld"
        | "in no group that triggers one"
        | "of another connector, whose precedence counts";
    }
  | Failed;

/** Why there is no telling what a user gets: in words that hold nothing of the user, since plans and logs repeat them. */
export interface Failed {
  readonly kind: "failed";
  readonly code: FailureCode;
  readonly reason: string;
  /** Which expression of the connector it is, such as `mapping.account`. */
  readonly part?: string;
}

export interface Program {
  readonly release: Release;
  readonly groups: GroupIndex;
  /** The account that a connector's user gets. An expression that fails is a failure, never a `false`. */
  entitlement(connector: string, user: User): Entitlement;
  /**
   * The account that a connector's user would have if they were active and in scope, where the mapping names one; an
   * error when finding out takes too many steps.
   */
  accountName(connector: string, user: User): Result<string | undefined, Failed>;
  /** The public keys that a connector's user has, active or not; none where that cannot be told. */
  keys(connector: string, user: User): readonly string[];
  readonly constraints: Constraints;
  /** Who gets an account by a group alone: an entitlement says nothing of that. */
  readonly triggers: Triggers;
}

/** What releases were compiled to, for as long as somebody has them. */
const compiled = new WeakMap<Release, Program>();

/**
 * Compiles a release that passed validation; the same object once.
 *
 * @throws {Error} when an expression does not compile, which validation would have refused
 */
export function compileRelease(release: Release): Program {
  const program = compiled.get(release) ?? programOf(release);
  compiled.set(release, program);
  return program;
}

function programOf(given: Release): Program {
  // an older version may have named groups in another form
  const release = toRelease(given.environment, toEnvironment(given));
  const compilers = expressionCompilers(release);
  const vars = compilers.ofAll.vars;
  const connectors = new Map(
    Object.entries(release.connectors).map(([name, { scope, mapping, groups }]) => {
      const compiler = compilers.ofConnector(name);
      return [
        name,
        {
          scope: compile(compiler, scope, "bool"),
          account: compile(compiler, mapping.account, "string"),
          email: mapping.email === undefined ? undefined : compile(compiler, mapping.email, "string"),
          keys: mapping.keys === undefined ? undefined : compile(compiler, mapping.keys, "list<string>"),
          derived: groups.filter(isDerived).map((group) => ({
            key: `${name}/${group.name}`,
            name: group.name,
            when: compile(compiler, group.when, "bool"),
          })),
        },
      ] as const;
    }),
  );
  return {
    release,
    groups: groupIndex(release.connectors),
    constraints: compileConstraints(release, compilers),
    triggers: triggersOf(release),
    entitlement(name, user) {
      const connector = connectors.get(name);
      if (!connector) return { kind: "none", reason: "out of scope" };
      if (user.active === false) return { kind: "none", reason: "inactive" };
      const step = (expression: Expression) => attempt(() => expression.evaluate({ user, vars }));
      const scope = step(connector.scope);
      if (!scope.ok) return failed("scope", name, scope.error);
      if (scope.value !== true) return { kind: "none", reason: "out of scope" };
      const account = step(connector.account);
      if (!account.ok) return failed("mapping.account", name, account.error);
      if (!isAccountName(account.value))
        return {
          kind: "failed",
          code: "failed",
          part: "mapping.account",
          reason: `mapping.account of connector ${name}: what it gives cannot be an account ${expectedAccount}`,
        };
      const email = connector.email && step(connector.email);
      if (email && !email.ok) return failed("mapping.email", name, email.error);
      const keys = connector.keys && step(connector.keys);
      if (keys && !keys.ok) return failed("mapping.keys", name, keys.error);
      const derived: string[] = [];
      for (const group of connector.derived) {
        const member = step(group.when);
        if (!member.ok) return failed(`derived group ${group.name}`, name, member.error);
        if (member.value === true) derived.push(group.key);
      }
      return {
        kind: "account",
        account: { name: account.value, ...(email && { email: String(email.value) }) },
        derived,
        ...(keys && { keys: textsOf(keys.value) }),
      };
    },
    accountName(name, user) {
      const connector = connectors.get(name);
      const account = connector && attempt(() => connector.account.evaluate({ user, vars }));
      if (account && !account.ok && account.error.code === "overBudget")
        return fail(failed("mapping.account", name, account.error));
      return ok(account?.ok && typeof account.value === "string" ? account.value : undefined);
    },
    keys(name, user) {
      const expression = connectors.get(name)?.keys;
      const keys = expression && attempt(() => expression.evaluate({ user, vars }));
      return keys?.ok ? textsOf(keys.value) : [];
    },
  };
}

/** The texts of a list that an expression gives. */
function textsOf(list: unknown): readonly string[] {
  return [...(list as Iterable<unknown>)].map(String);
}

function failed(part: string, connector: string, { code, message }: EvaluationFailure): Failed {
  return { kind: "failed", code, reason: `${part} of connector ${connector}: ${message}`, part };
}

function compile(compiler: Compiler, source: string, type: ExpressionType): Expression {
  const compiled = compiler.compile(source, type);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.error[0].message}`);
  return compiled.value;
}
