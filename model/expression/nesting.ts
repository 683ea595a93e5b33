/** How deep the macros of an expression lie in each other: each level multiplies by as many values as a list has. */
import type { ASTNode } from "@marcbachmann/cel-js";
import { type ExpressionProblem, offsetOfMethod } from "./problem.ts";

/** One macro within another, and no more: a user's list may have 1,000 values. */
const maxNesting = 2;

/** How many arguments the macros have that give their first one to each element of a list. */
export const macroArguments: Readonly<Record<string, readonly number[]>> = {
  all: [2],
  exists: [2],
  exists_one: [2],
  filter: [2],
  map: [2, 3],
};

/** The outermost macros that lie too deep. What a macro goes through is evaluated once, so that chains are not deep. */
export function tooNested(node: ASTNode): ExpressionProblem[] {
  return [...macrosBelow(node, 0)];
}

function* macrosBelow(part: unknown, depth: number): Generator<ExpressionProblem> {
  if (Array.isArray(part)) {
    for (const one of part) yield* macrosBelow(one, depth);
    return;
  }
  if (typeof part !== "object" || part === null || !("op" in part)) return;
  const node = part as ASTNode;
  if (node.op !== "rcall" || !isMacro(node)) {
    yield* macrosBelow(node.args, depth);
    return;
  }
  const [name, receiver, args] = node.args;
  yield* macrosBelow(receiver, depth);
  if (depth === maxNesting)
    yield {
      code: "expression-nesting",
      message: `${name}() within ${maxNesting} others, which multiply (expected no more than ${maxNesting} in each other)`,
      offset: offsetOfMethod(node),
    };
  else yield* macrosBelow(args, depth + 1);
}

function isMacro({ args: [name, , args] }: Extract<ASTNode, { op: "rcall" }>): boolean {
  return args[0]?.op === "id" && macroArguments[name]?.includes(args.length) === true;
}
