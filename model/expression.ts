/**
 * Expressions: CEL (cel.dev) over `user`, typed by the SCIM schemas, and `vars`, typed by the environment's variables.
 * Compiled once at validation and once in the agent, by the same code.
 */
import { type ASTNode, Environment as Cel } from "@marcbachmann/cel-js";
import { milliseconds } from "./duration.ts";
import type { Extension } from "./environment/connector/extension.ts";
import { isRequired, type Variable, variableValue } from "./environment/variable.ts";
import { Budget, meter } from "./expression/budget.ts";
import { failureOf } from "./expression/failure.ts";
import { celLimits, describeMistake } from "./expression/mistake.ts";
import { tooNested } from "./expression/nesting.ts";
import { missingPieces } from "./expression/presence.ts";
import { type ExpressionProblem, offsetOfMethod } from "./expression/problem.ts";
import {
  accountObject,
  celType,
  type ObjectType,
  userObject,
  type ValueType,
  variablesObject,
} from "./expression/types.ts";
import { fail, ok, type Result } from "./result.ts";

export type ExpressionType = "bool" | "string" | "list<string>";

/** What evaluation needs: a User resource as stored, and the values of the variables. */
export interface ExpressionInput {
  readonly user: object;
  readonly vars: object;
  /** Where the compiler knows accounts. */
  readonly account?: object;
}

export interface Expression {
  /**
   * Evaluates for one user. The value has the type that was asked for at compilation.
   *
   * @throws {EvaluationFailure} when it cannot be evaluated, such as `int()` of text that is no number, or takes more steps
   *   than any evaluation may; it holds nothing of the user
   */
  evaluate(input: ExpressionInput): unknown;
  /** The names under `vars` that it mentions. */
  readonly variables: ReadonlySet<string>;
}

/** What comes of compiling: the expression, or what is wrong with it, in the order of the offsets. */
export type Compilation = Result<Expression, readonly [ExpressionProblem, ...ExpressionProblem[]]>;

export interface Compiler {
  /** Parses and checks `source`; problems carry the offset of their first character in it. */
  compile(source: string, type: ExpressionType): Compilation;
  /** The values of `vars`, as expressions see them. */
  readonly vars: object;
}

// `matches` runs a backtracking regular expression; `dyn` switches the type check off
const refused: Record<string, string> = {
  matches:
    "matches() is not available: its running time has no bound (expected startsWith, endsWith or contains)",
  json: "json() is not available: what it gives has no type (expected a typed expression)",
  dyn: "dyn() is not available: it would switch the type check off (expected a typed expression)",
};

/**
 * CEL's lowerAscii and upperAscii touch ASCII letters alone; the library's change every letter, and so would make an
 * ordinary k of the Kelvin sign, and one person's account of another's.
 */
const asciiOnly: Readonly<Record<string, (text: string) => string>> = {
  lowerAscii: (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  upperAscii: (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
};

/**
 * A compiler for the expressions of an environment with these variables, and these extensions of its users.
 *
 * @param accounts whether there is an `account` too
 */
export function expressionCompiler(
  variables: Readonly<Record<string, Variable>>,
  extensions: Readonly<Record<string, Extension>> = {},
  { accounts = false }: { readonly accounts?: boolean } = {},
): Compiler {
  const typed = Object.entries(variables).flatMap(([name, variable]) => {
    const type = celTypeOfVariable(variable);
    return type ? [{ name, type, always: isRequired(variable), value: celValueOfVariable(variable) }] : [];
  });
  const user = userObject(extensions);
  const vars = variablesObject(typed);
  const cel = new Cel({ enableOptionalTypes: true, limits: celLimits });
  const roots = { user, vars, ...(accounts && { account: accountObject }) };
  const types = new Map(
    Object.values(roots)
      .flatMap(objectsIn)
      .map((type) => [type.name, type]),
  );
  const classes = new Map<ObjectType, new () => Record<string, unknown>>();
  for (const type of types.values()) {
    const ctor = class {} as new () => Record<string, unknown>;
    classes.set(type, ctor);
    cel.registerType(type.name, {
      ctor,
      fields: Object.fromEntries([...type.fields].map(([field, { type }]) => [field, celType(type)])),
    });
  }
  for (const [name, type] of Object.entries(roots)) cel.registerVariable(name, type.name);
  for (const [name, change] of Object.entries(asciiOnly))
    cel.registerFunction(`string.${ours(name)}(): string`, change);
  const signatures = cel
    .getDefinitions()
    .functions.map(({ signature }) => signature.replace(/:[^:]*$/, ""))
    .filter((signature) => !signature.includes("dyn") && !signature.includes(ours("")));

  const known = { types, signatures, roots: Object.keys(roots) };

  const budget = new Budget();

  // each user is asked several questions in a row
  const userSeen = rememberingLast((given) => instanceOf(user, given, classes));
  const varsSeen = rememberingLast((given) => instanceOf(vars, given, classes));

  return {
    vars: Object.fromEntries(typed.map(({ name, value }) => [name, value])),
    compile(source, type) {
      const checked = cel.check(source);
      if (!checked.valid) return fail([describeMistake(checked.error, source, known)]);
      const program = cel.parse(source);
      const names = new Set<string>();
      const problems: ExpressionProblem[] = [];
      for (const node of nodes(program.ast)) {
        const called = node.op === "call" || node.op === "rcall" ? node.args[0] : undefined;
        const message = called === undefined ? undefined : refused[called];
        if (node.op === "rcall" && node.args[0] in asciiOnly) node.args[0] = ours(node.args[0]);
        if (message)
          problems.push({
            code: "expression-refused",
            message,
            offset: node.op === "rcall" ? offsetOfMethod(node) : node.start,
          });
        const name = variableName(node);
        if (name !== undefined) names.add(name);
      }
      problems.push(...missingPieces(program.ast, roots), ...tooNested(program.ast));
      if (problems.length === 0 && checked.type !== type)
        problems.push({
          code: "expression-type",
          message: `the expression is of type ${checked.type} (expected ${type}${checked.type?.startsWith("optional") ? ", by orValue(…) behind it" : ""})`,
          offset: 0,
        });
      const [first, ...more] = problems.sort((a, b) => a.offset - b.offset);
      if (first) return fail([first, ...more]);
      // what is evaluated is the tree with our own functions in it, and only a checked one has its loops
      program.check();
      meter(program.ast, budget);
      return ok({
        variables: names,
        evaluate(input) {
          const values = {
            user: userSeen(input.user),
            vars: varsSeen(input.vars),
            ...(accounts && { account: instanceOf(accountObject, input.account, classes) }),
          };
          try {
            return budget.spending(() => program(values));
          } catch (error) {
            throw failureOf(error);
          }
        },
      });
    },
  };
}

/** What is made of an object, kept until another one comes: a weak map of everybody costs more at each garbage collection than it saves. */
function rememberingLast<T>(make: (given: object) => T): (given: object) => T {
  let last: { readonly given: object; readonly made: T } | undefined;
  return (given) => {
    if (last?.given !== given) last = { given, made: make(given) };
    return last.made;
  };
}

/** What a function of the library is called that we have another one for. */
function ours(name: string): string {
  return `hgscim_${name}`;
}

/** A type after the types that it holds. */
function objectsIn(type: ValueType): ObjectType[] {
  if (type.kind === "list") return objectsIn(type.of);
  return type.kind === "object"
    ? [...[...type.fields.values()].flatMap((field) => objectsIn(field.type)), type]
    : [];
}

type Classes = ReadonlyMap<ObjectType, new () => Record<string, unknown>>;

/** A value as CEL takes it for one of its type: it looks at the class, in lists too. */
function instanceOf(type: ValueType, value: unknown, classes: Classes): unknown {
  if (type.kind === "list")
    return Array.isArray(value) ? value.map((one) => instanceOf(type.of, one, classes)) : value;
  // JSON has one kind of number, and CEL tells two apart
  if (type.kind === "simple" && type.name === "int" && Number.isInteger(value)) return BigInt(Number(value));
  const ctor = type.kind === "object" && classes.get(type);
  if (!ctor || typeof value !== "object" || value === null) return value;
  const instance = new ctor();
  for (const [name, { type: inner, storedAs = name }] of type.fields) {
    const given = (value as Record<string, unknown>)[storedAs];
    if (given !== undefined) instance[name] = instanceOf(inner, given, classes);
  }
  return instance;
}

function celTypeOfVariable({ type }: Variable): "string" | "int" | "bool" | undefined {
  switch (type) {
    case "integer":
    case "page-size":
    case "duration":
      return "int";
    case "boolean":
      return "bool";
    case "secret":
      return undefined;
    default:
      return "string";
  }
}

/** As CEL has it: whole numbers as int, a duration in seconds; undefined where there is none. */
function celValueOfVariable(variable: Variable): string | boolean | bigint | undefined {
  const value = variableValue(variable);
  if (variable.type === "duration" && variable.value !== undefined)
    return BigInt(milliseconds(variable.value) / 1000);
  return typeof value === "number" ? BigInt(value) : value;
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
