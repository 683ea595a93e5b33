/**
 * Expressions: CEL (cel.dev) over `user`, typed by the SCIM schemas, and `vars`, typed by the environment's variables.
 * Compiled once at validation and once in the agent, by the same code.
 */
import { type ASTNode, Environment as Cel, type TypeCheckResult } from "@marcbachmann/cel-js";
import type { Variable } from "./environment.ts";
import { enterpriseUserSchema } from "./scim/enterprise-user.ts";
import { type Attribute, attribute } from "./scim/schema.ts";
import { userSchema } from "./scim/user.ts";

export type ExpressionType = "bool" | "string";

/** What evaluation needs: a User resource as stored, and the values of the variables. */
export interface ExpressionInput {
  readonly user: object;
  readonly vars: object;
}

export interface Expression {
  /**
   * Evaluates for one user. The value has the type that was asked for at compilation.
   *
   * @throws {Error} when it cannot be evaluated: a missing attribute, an index out of bounds
   */
  evaluate(input: ExpressionInput): unknown;
  /** The names under `vars` that it mentions. */
  readonly variables: ReadonlySet<string>;
}

export type Compilation =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly message: string; readonly offset: number };

export interface Compiler {
  /** Parses and type-checks `source`; an error carries the offset of its first character in `source`. */
  compile(source: string, type: ExpressionType): Compilation;
  /** The values of `vars`, as expressions see them. */
  readonly vars: object;
}

/** The extension's attributes stand under this name, since its URN is no CEL identifier. */
const enterprise = "enterprise";

// `matches` runs a backtracking regular expression; `dyn` switches the type check off
const refused: Record<string, string> = {
  matches:
    "matches() is not available: its running time has no bound (expected startsWith, endsWith or contains)",
  dyn: "dyn() is not available: it would switch the type check off (expected a typed expression)",
};

const limits = {
  maxAstNodes: 2_000,
  maxDepth: 64,
  maxListElements: 500,
  maxMapEntries: 100,
  maxCallArguments: 16,
};

/** A compiler for the expressions of an environment with these variables. */
export function expressionCompiler(variables: Readonly<Record<string, Variable>>): Compiler {
  const typed = Object.entries(variables).flatMap(([name, variable]) => {
    const type = celTypeOfVariable(variable);
    return type && "value" in variable ? [{ name, type, value: variable.value }] : [];
  });
  const cel = new Cel({ enableOptionalTypes: true, limits });
  registerResource(cel, "User", [...userSchema.attributes, enterpriseAttribute]);
  cel.registerType("Vars", { fields: Object.fromEntries(typed.map(({ name, type }) => [name, type])) });
  cel.registerVariable("user", "User").registerVariable("vars", "Vars");

  return {
    vars: Object.fromEntries(
      typed.map(({ name, value }) => [name, typeof value === "number" ? BigInt(value) : value]),
    ),
    compile(source, type) {
      const checked = cel.check(source);
      if (!checked.valid) return failure(checked.error, source);
      if (checked.type !== type)
        return {
          ok: false,
          message: `the expression is of type ${checked.type} (expected ${type})`,
          offset: 0,
        };
      const program = cel.parse(source);
      const names = new Set<string>();
      for (const node of nodes(program.ast)) {
        const called = node.op === "call" || node.op === "rcall" ? node.args[0] : undefined;
        const reason = called === undefined ? undefined : refused[called];
        if (reason) return { ok: false, message: reason, offset: node.range.start };
        const name = variableName(node);
        if (name !== undefined) names.add(name);
      }
      return {
        ok: true,
        expression: {
          variables: names,
          evaluate: ({ user, vars }) => program({ user: celUser(user), vars }),
        },
      };
    },
  };
}

const enterpriseAttribute = attribute(enterprise, "Enterprise User", {
  subAttributes: enterpriseUserSchema.attributes,
});

function celUser(user: object): object {
  const extension = (user as Record<string, unknown>)[enterpriseUserSchema.id];
  return extension === undefined ? user : { ...user, [enterprise]: extension };
}

function celTypeOfVariable({ type }: Variable): "string" | "int" | "bool" | undefined {
  switch (type) {
    case "integer":
      return "int";
    case "boolean":
      return "bool";
    case "secret":
      return undefined;
    default:
      return "string";
  }
}

/** Registers a SCIM complex type and, before it, the complex types that it holds. */
function registerResource(cel: Cel, name: string, attributes: readonly Attribute[]): void {
  const fields: Record<string, string> = {};
  for (const attribute of attributes) {
    // what the agent never keeps cannot be asked for
    if (
      attribute.returned === "never" ||
      attribute.mutability === "readOnly" ||
      attribute.name.startsWith("$")
    )
      continue;
    let type: string =
      { boolean: "bool", integer: "int", decimal: "double" }[attribute.type as string] ?? "string";
    if (attribute.type === "complex") {
      type = `${name}${attribute.name.charAt(0).toUpperCase()}${attribute.name.slice(1)}`;
      registerResource(cel, type, attribute.subAttributes ?? []);
    }
    fields[attribute.name] = attribute.multiValued ? `list<${type}>` : type;
  }
  cel.registerType(name, { fields });
}

function failure(error: TypeCheckResult["error"], source: string): Compilation {
  const summary = error?.summary ?? "not a CEL expression";
  return {
    ok: false,
    message: `${summary.charAt(0).toLowerCase()}${summary.slice(1)} (expected CEL)`,
    offset: error?.range?.start ?? source.length,
  };
}

/** The NAME of `vars.NAME`, `vars.?NAME` or `vars["NAME"]`. */
function variableName(node: ASTNode): string | undefined {
  if (node.op !== "." && node.op !== ".?" && node.op !== "[]" && node.op !== "[?]") return undefined;
  const [object, key] = node.args;
  if (object.op !== "id" || object.args !== "vars") return undefined;
  const name = typeof key === "string" ? key : key.op === "value" ? key.args : undefined;
  return typeof name === "string" ? name : undefined;
}

function* nodes(node: ASTNode): Generator<ASTNode> {
  yield node;
  yield* nodesIn(node.args);
}

function* nodesIn(value: unknown): Generator<ASTNode> {
  if (Array.isArray(value)) for (const item of value) yield* nodesIn(item);
  else if (isNode(value)) yield* nodes(value);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}
