/**
 * A release made ready to evaluate. Everything in this room is a pure function of the release, the resources and
 * the time it is given: the agent, the impact at plan time and the policy tests all run this same code.
 */

import type { Constraint } from "../model/environment/constraint.ts";
import {
  type Compiler,
  type Expression,
  type ExpressionType,
  expressionCompiler,
} from "../model/expression.ts";
import { type GroupIndex, groupIndex } from "../model/groups.ts";
import type { Release } from "../model/release.ts";

/** A User resource as it is stored: what the identity provider sent, normalised. */
export type User = { readonly active?: boolean } & Readonly<Record<string, unknown>>;

export type Operation = Constraint["on"][number];

export interface Account {
  readonly name: string;
  readonly email?: string;
}

/** What a release makes of one user. */
export type Entitlement =
  | { readonly kind: "account"; readonly account: Account }
  | { readonly kind: "none"; readonly reason: "inactive" | "out of scope" }
  | { readonly kind: "failed"; readonly reason: string };

export interface Violation {
  readonly constraint: string;
  readonly reason: string;
}

export interface Program {
  readonly release: Release;
  readonly groups: GroupIndex;
  /** The account that a connector's user gets. An expression that fails is a failure, never a `false`. */
  entitlement(connector: string, user: User): Entitlement;
  /**
   * The constraints that a write breaks. Ask only for a write that leaves the user with an account: one that
   * only takes access away is never stopped by `require`.
   */
  violations(operation: Operation, user: User): Violation[];
}

const accountName = /^[a-z0-9][a-z0-9._@+-]{0,127}$/;

/**
 * Compiles a release that passed validation.
 *
 * @throws {Error} when an expression does not compile, which validation would have refused
 */
export function compileRelease(release: Release): Program {
  const compiler = expressionCompiler(release.variables);
  const vars = compiler.vars;
  const connectors = new Map(
    Object.entries(release.connectors).map(([name, { scope, mapping }]) => [
      name,
      {
        scope: compile(compiler, scope, "bool"),
        account: compile(compiler, mapping.account, "string"),
        email: mapping.email === undefined ? undefined : compile(compiler, mapping.email, "string"),
      },
    ]),
  );
  const constraints = Object.entries(release.constraints).map(([name, constraint]) => ({
    name,
    on: new Set(constraint.on),
    require: compile(compiler, constraint.require, "bool"),
    message: constraint.message ?? `it must hold that ${constraint.require}`,
  }));

  return {
    release,
    groups: groupIndex(release.connectors),
    entitlement(name, user) {
      const connector = connectors.get(name);
      if (!connector) return { kind: "none", reason: "out of scope" };
      if (user.active === false) return { kind: "none", reason: "inactive" };
      const step = attempt((expression: Expression) => expression.evaluate({ user, vars }));
      const scope = step(connector.scope);
      if (!scope.ok) return { kind: "failed", reason: `scope of connector ${name}: ${scope.reason}` };
      if (scope.value !== true) return { kind: "none", reason: "out of scope" };
      const account = step(connector.account);
      if (!account.ok)
        return { kind: "failed", reason: `mapping.account of connector ${name}: ${account.reason}` };
      if (typeof account.value !== "string" || !accountName.test(account.value))
        return {
          kind: "failed",
          reason: `mapping.account of connector ${name}: "${String(account.value)}" cannot be an account (expected lower case letters, digits and . _ @ + -)`,
        };
      if (!connector.email) return { kind: "account", account: { name: account.value } };
      const email = step(connector.email);
      if (!email.ok) return { kind: "failed", reason: `mapping.email of connector ${name}: ${email.reason}` };
      return { kind: "account", account: { name: account.value, email: String(email.value) } };
    },
    violations(operation, user) {
      const judge = attempt((expression: Expression) => expression.evaluate({ user, vars }));
      return constraints.flatMap(({ name, on, require, message }) => {
        if (!on.has(operation)) return [];
        const verdict = judge(require);
        if (verdict.ok && verdict.value === true) return [];
        return [
          { constraint: name, reason: verdict.ok ? message : `it could not be evaluated: ${verdict.reason}` },
        ];
      });
    },
  };
}

function compile(compiler: Compiler, source: string, type: ExpressionType): Expression {
  const compiled = compiler.compile(source, type);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.problems[0].message}`);
  return compiled.expression;
}

type Attempt =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

function attempt(evaluate: (expression: Expression) => unknown): (expression: Expression) => Attempt {
  return (expression) => {
    try {
      return { ok: true, value: evaluate(expression) };
    } catch (error) {
      const { summary, message } = error as Error & { summary?: string };
      return { ok: false, reason: summary ?? message };
    }
  };
}
