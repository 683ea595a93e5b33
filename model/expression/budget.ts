/**
 * The step budget of an evaluation. CEL always ends, but macros within macros multiply, text doubles, and some functions
 * take far longer than their line looks: so each part that is evaluated is counted, and what a function reads is counted
 * before it reads it. The count is the same on every machine, so that a release behaves alike wherever it is evaluated.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { EvaluationFailure } from "./failure.ts";

/** The most steps of one evaluation: of one expression, for one user. A step is one part evaluated, some 50 ns. */
export const maxSteps = 500_000;

const exceeded = new EvaluationFailure(
  "overBudget",
  `it takes more than ${maxSteps} steps for this user, the most that one evaluation may`,
);

/** Counts the steps of one evaluation at a time. */
export class Budget {
  #left = maxSteps;

  /** Evaluates with a whole budget. @throws {EvaluationFailure} when it is not enough, whatever was made of that within */
  spending<T>(evaluate: () => T): T {
    this.#left = maxSteps;
    const value = evaluate();
    // CEL's ||, && and exists() go on after a failure
    this.spend(0);
    return value;
  }

  /** @throws {EvaluationFailure} when there are not as many left, and from then on at each step */
  readonly spend = (steps: number): void => {
    this.#left -= steps;
    if (this.#left < 0) throw exceeded;
  };
}

/** A node as the type checker leaves it. The library looks these up at each evaluation. */
interface Evaluated {
  readonly op: string;
  readonly args: unknown;
  readonly meta: {
    readonly evaluate: Evaluate;
    /** What stands in its place: a macro's loop, a constant. */
    readonly alternate?: Evaluated;
    /** A macro that evaluates itself: `has`, `cel.bind`. */
    readonly macro?: { readonly evaluate: Evaluate };
  };
  evaluate: Evaluate;
  /** What a function or an operator does with its operands: the first of the arguments of a function are all of them. */
  handle?: (...operands: unknown[]) => unknown;
}
type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown;

/** Makes a checked tree spend from a budget wherever it is evaluated. */
export function meter(root: ASTNode, budget: Budget): void {
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value)) {
      for (const one of value) visit(one);
      return;
    }
    if (isNode(value)) {
      visit(value.args);
      visit(value.meta.alternate);
      visit(value.meta.macro);
      meterNode(value, budget);
    } else if (Object.getPrototypeOf(value) === Object.prototype) visit(Object.values(value));
  };
  visit(root);
}

function isNode(value: object): value is Evaluated {
  return "op" in value && "args" in value && "meta" in value;
}

function meterNode(node: Evaluated, { spend }: Budget): void {
  const { evaluate, alternate, macro } = node.meta;
  const inner: Evaluate = alternate
    ? (evaluator, _, context) => alternate.evaluate(evaluator, alternate, context)
    : macro
      ? (evaluator, _, context) => macro.evaluate(evaluator, macro, context)
      : evaluate;
  node.evaluate = (evaluator, self, context) => {
    spend(1);
    return inner(evaluator, self, context);
  };
  const { handle } = node;
  if (!handle || alternate || macro) return;
  if (node.op === "call" || node.op === "rcall") {
    const cost = costs[(node.args as readonly [string])[0]] ?? reading;
    node.handle = (operands, ...more) => {
      cost(operands as unknown[], spend);
      return handle(operands, ...more);
    };
  } else if (operators.has(node.op))
    node.handle = (left, right, ...more) => {
      read(left, spend);
      read(right, spend);
      return handle(left, right, ...more);
    };
}

/** Those that look at the whole of what stands beside them. */
const operators = new Set(["==", "!=", "<", "<=", ">", ">=", "+", "in"]);

type Spend = Budget["spend"];
/** What a function costs beyond its own step, by its receiver and arguments. */
type Cost = (operands: readonly unknown[], spend: Spend) => void;

/** Characters that are read in one step. */
const charactersAStep = 8;

/** What it takes to read a value whole: lists and maps with all that they hold. */
function read(value: unknown, spend: Spend): void {
  if (typeof value === "string") spend(value.length / charactersAStep);
  else if (typeof value !== "object" || value === null) return;
  else if (value instanceof Uint8Array) spend(value.length / charactersAStep);
  else if (Array.isArray(value)) {
    spend(value.length);
    for (const one of value) read(one, spend);
  } else if (Object.getPrototypeOf(value) === Object.prototype) read(Object.values(value), spend);
}

const reading: Cost = (operands, spend) => {
  for (const operand of operands) read(operand, spend);
};
const nothing: Cost = () => {};
const lengthOf = (value: unknown): number => (typeof value === "string" ? value.length : 0);

/** The library looks for text by trying every place. */
const searching: Cost = ([text, part], spend) => spend((lengthOf(text) * (1 + lengthOf(part))) / 16);

/** Functions whose time is not that of reading their operands; measured. */
const costs: Readonly<Record<string, Cost>> = {
  contains: searching,
  indexOf: searching,
  lastIndexOf: searching,
  split: (operands, spend) => {
    searching(operands, spend);
    spend(lengthOf(operands[0]));
  },
  join: (operands, spend) => {
    reading(operands, spend);
    const [parts, separator] = operands;
    spend((Array.isArray(parts) ? parts.length : 0) * (1 + lengthOf(separator) / charactersAStep));
  },
  // it counts characters one by one; of a list it knows it
  size: ([value], spend) => spend(lengthOf(value)),
  // its pattern backtracks
  duration: ([text], spend) => spend(lengthOf(text) ** 3 / 64),
  // they hand on what they are given
  value: nothing,
  or: nothing,
  orValue: nothing,
  hasValue: nothing,
  of: nothing,
  ofNonZeroValue: nothing,
  // in another time zone, which takes a millisecond
  ...Object.fromEntries(
    ["Date", "DayOfMonth", "DayOfWeek", "DayOfYear", "FullYear", "Hours", "Minutes", "Month", "Seconds"].map(
      (part) => [`get${part}`, (([, zone], spend) => spend(zone === undefined ? 0 : 20_000)) satisfies Cost],
    ),
  ),
};
