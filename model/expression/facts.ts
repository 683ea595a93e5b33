/** What holds at a place of an expression, as text: `user.name`, it is there; `user.emails#2`, it has two elements. */
import type { ASTNode } from "@marcbachmann/cel-js";

/** Undefined where a place cannot be reached, where everything holds. */
export type Facts = ReadonlySet<string> | undefined;

export const nothing: Facts = new Set<string>();

/** What holds when both hold. */
export function union(a: Facts, b: Facts): Facts {
  if (!a || !b) return undefined;
  if (a.size === 0) return b;
  return b.size === 0 ? a : new Set([...a, ...b]);
}

/** What holds when one of them holds, whichever it is. */
export function either(a: Facts, b: Facts): Facts {
  if (!a || !b) return a ?? b;
  return new Set([...a].filter((fact) => b.has(fact)));
}

/** What still holds where a variable of this name begins or ends to mean something else. */
export function without(facts: Facts, variable: string): Facts {
  const mention = new RegExp(`\\b${variable}\\b`);
  return facts && new Set([...facts].filter((fact) => !mention.test(fact)));
}

/**
 * What identifies a value: equal text is equal value, since nothing in CEL has side effects. Asking does not matter:
 * `user.?name` and `user.name` are one.
 */
export function keyOf(node: ASTNode): string {
  switch (node.op) {
    case "id":
      return node.args;
    case ".":
    case ".?":
      return `${keyOf(node.args[0])}.${node.args[1]}`;
    case "[]":
    case "[?]": {
      const key = literalOf(node.args[1]);
      return typeof key === "string" && /^\w+$/.test(key)
        ? `${keyOf(node.args[0])}.${key}`
        : `${keyOf(node.args[0])}[${keyOf(node.args[1])}]`;
    }
    default:
      return `${node.op}(${partOf(node.args)})`;
  }
}

function partOf(part: unknown): string {
  if (Array.isArray(part)) return `[${part.map(partOf).join(",")}]`;
  if (typeof part === "object" && part !== null && "op" in part) return keyOf(part as ASTNode);
  return typeof part === "string" ? JSON.stringify(part) : `${typeof part} ${String(part)}`;
}

/** The key of `receiver.filter(variable, test)`, of which there is an element where `exists` of the same is true. */
export function filterKey([, receiver, args]: Extract<ASTNode, { op: "rcall" }>["args"]): string {
  return `rcall(${partOf(["filter", receiver, args])})`;
}

/** A literal string or whole number. */
export function literalOf(node: ASTNode): string | bigint | undefined {
  if (node.op !== "value") return undefined;
  return typeof node.args === "string" || typeof node.args === "bigint" ? node.args : undefined;
}

/** What holds where an access succeeds: every piece on the way is there. */
export function presence(node: ASTNode): Facts {
  const facts = new Set<string>();
  for (let at = node; at.op === "." || at.op === ".?" || at.op === "[]" || at.op === "[?]"; at = at.args[0]) {
    const index = typeof at.args[1] === "string" ? undefined : literalOf(at.args[1]);
    if (typeof index !== "bigint") facts.add(keyOf(at));
    else for (const fact of sized(at.args[0], index + 1n)) facts.add(fact);
  }
  return facts;
}

/** What a comparison of a size with a number says, such as `size(user.emails) > 1`. */
export function sizes(node: ASTNode): { yes: Facts; no: Facts } {
  const [left, right] = Array.isArray(node.args) ? (node.args as ASTNode[]) : [];
  if (!left || !right) return { yes: nothing, no: nothing };
  const [list, number] = [measured(left) ?? measured(right), literalOf(right) ?? literalOf(left)];
  if (!list || typeof number !== "bigint") return { yes: nothing, no: nothing };
  const operator = measured(left) ? node.op : (mirrored[node.op] ?? node.op);
  const atLeast = (count: bigint): Facts => new Set(sized(list, count));
  switch (operator) {
    case ">":
      return { yes: atLeast(number + 1n), no: nothing };
    case ">=":
      return { yes: atLeast(number), no: nothing };
    case "<":
      return { yes: nothing, no: atLeast(number) };
    case "<=":
      return { yes: nothing, no: atLeast(number + 1n) };
    case "==":
      return { yes: atLeast(number), no: number === 0n ? atLeast(1n) : nothing };
    case "!=":
      return { yes: number === 0n ? atLeast(1n) : nothing, no: atLeast(number) };
    default:
      return { yes: nothing, no: nothing };
  }
}

const mirrored: Readonly<Record<string, string>> = { ">": "<", ">=": "<=", "<": ">", "<=": ">=" };

/** What `size(x)` or `x.size()` measures. */
function measured(node: ASTNode): ASTNode | undefined {
  if (node.op === "call" && node.args[0] === "size") return node.args[1][0];
  return node.op === "rcall" && node.args[0] === "size" ? node.args[1] : undefined;
}

/** The facts that a list has so many elements, and each number below: what is asked for is one of them. */
function sized(list: ASTNode, count: bigint): string[] {
  const key = keyOf(list);
  return Array.from({ length: Math.min(Number(count), 100) }, (_, index) => `${key}#${index + 1}`);
}
