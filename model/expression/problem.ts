/** What is wrong with an access, in words, and what to write instead. */
import type { ASTNode } from "@marcbachmann/cel-js";
import { hint, nearest } from "../nearest.ts";
import type { ProblemCode } from "../problem-codes.ts";
import { named } from "../quote.ts";
import type { Shape } from "./shape.ts";
import type { ObjectType } from "./types.ts";

export interface ExpressionProblem {
  readonly code: ProblemCode;
  readonly message: string;
  /** The offset of its first character in the expression. */
  readonly offset: number;
}

export type Access = Extract<ASTNode, { op: "." | ".?" | "[]" | "[?]" }>;

/** Something is taken that may be missing. */
export function mayBeMissing(node: Access, from: Shape, taken: Shape): ExpressionProblem {
  const [object, key] = node.args;
  const code = "expression-presence";
  const offset = offsetOfKey(node);
  if (from.kind === "list")
    return {
      code,
      offset,
      message: `the list may have no such element (expected [?${textOf(key)}] and then orValue(…), or a look at its size() before it)`,
    };
  if (from.kind !== "object")
    return {
      code,
      offset,
      message: `the key may be missing (expected [?${textOf(key)}] and then orValue(…))`,
    };
  const name = typeof key === "string" ? key : String(key.op === "value" ? key.args : "");
  const whole = `${textOf(object)}.${name}`;
  const then = taken.kind === "object" ? " and then .?" : `.orValue(${taken.kind === "list" ? "[]" : "…"})`;
  // has() takes names alone, and fails where one before the last is missing
  const [root = "", ...names] = /^\w+(\.\w+)+$/.test(whole) ? whole.split(".") : [];
  if (names.length === 0)
    return { code, offset, message: `${whole} may be missing (expected ${textOf(object)}.?${name}${then})` };
  const guard = [root, ...names.slice(0, -1)].join(".?");
  return {
    code,
    offset,
    message: `${whole} may be missing (expected has(${guard}.${name}) before it, or ${guard}.?${name}${then})`,
  };
}

/** An attribute is named that no user can have. */
export function noAttribute(node: Access, key: unknown, type: ObjectType): ExpressionProblem {
  const offset = offsetOfKey(node);
  const known = [...type.fields.keys()];
  if (typeof key !== "string")
    return {
      code: "expression-refused",
      offset,
      message: "an attribute that is computed (expected its name, as in user.userName)",
    };
  if (type.name === "Vars")
    return {
      code: "unknown-name",
      offset,
      message: `${named("no variable", key)} for expressions ${hint("a declared variable that is no secret", key, known)}`,
    };
  const whose = type.name === "Account" ? "accounts" : "users";
  return {
    code: "unknown-attribute",
    offset,
    message: `${named("no attribute", key)} ${hint(nearest(key, known) ? `an attribute of ${whose}` : `one of ${known.join(", ")}`, key, known)}`,
  };
}

/** `value()` of an optional that may be empty. */
export function mayBeEmpty(node: Extract<ASTNode, { op: "rcall" }>): ExpressionProblem {
  return {
    code: "expression-presence",
    offset: offsetOfMethod(node),
    message: "there may be no value (expected orValue(…), or hasValue() before it)",
  };
}

/** Where the name of the method begins. */
export function offsetOfMethod({
  args: [, receiver],
  input,
  start,
}: Extract<ASTNode, { op: "rcall" }>): number {
  const between = /^[\s)]*\.\s*/.exec(input.slice(receiver.end))?.[0];
  return between === undefined ? start : receiver.end + between.length;
}

function offsetOfKey(node: Access): number {
  const [, key] = node.args;
  return typeof key === "string" ? node.pos : key.start;
}

/** A part of the expression as it was written, in short. */
function textOf(node: ASTNode | string): string {
  if (typeof node === "string") return node;
  const text = node.input.slice(node.start, node.end).replace(/\s+/g, " ");
  return text.length > 60 ? `…${text.slice(-50)}` : text;
}
