/**
 * Whether an expression asks for what may be missing before it takes it. CEL fails at run time for an attribute that a
 * user does not have; here that is found before, for every user that the agent can store. It is strict: what it does not
 * understand counts as missing.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import {
  either,
  type Facts,
  filterKey,
  keyOf,
  literalOf,
  nothing,
  presence,
  sizes,
  union,
  without,
} from "./facts.ts";
import { macroArguments } from "./nesting.ts";
import { type Access, type ExpressionProblem, mayBeEmpty, mayBeMissing, noAttribute } from "./problem.ts";
import { join, type Shape, shapeOf } from "./shape.ts";
import type { ObjectType } from "./types.ts";

/** Finds every access to what may be missing, or does not exist, in an expression that has passed the type check. */
export function missingPieces(
  root: ASTNode,
  variables: Readonly<Record<string, ObjectType>>,
): ExpressionProblem[] {
  const scope = new Map(Object.entries(variables).map(([name, type]) => [name, shapeOf(type)]));
  const look = new Look();
  look.see(root, { scope, facts: nothing });
  return look.problems;
}

/** What is known where a part of the expression stands. */
interface Place {
  /** The variables. */
  readonly scope: ReadonlyMap<string, Shape>;
  readonly facts: Facts;
}

/** A value, and what holds when it is true and when it is false. */
interface Seen {
  readonly shape: Shape;
  readonly yes: Facts;
  readonly no: Facts;
}

type Node<Op extends ASTNode["op"]> = Extract<ASTNode, { op: Op }>;

const simple: Shape = { kind: "simple" };
const never: Shape = { kind: "never" };
const value = (shape: Shape): Seen => ({ shape, yes: nothing, no: nothing });
const test = (yes: Facts, no: Facts): Seen => ({ shape: simple, yes, no });
const knowing = (place: Place, facts: Facts): Place => ({ ...place, facts: union(place.facts, facts) });

class Look {
  readonly problems: ExpressionProblem[] = [];

  see(node: ASTNode, place: Place): Seen {
    switch (node.op) {
      case "value":
        return test(node.args === false ? undefined : nothing, node.args === true ? undefined : nothing);
      case "id":
        return value(place.scope.get(node.args) ?? simple);
      case ".":
      case ".?":
      case "[]":
      case "[?]":
        return value(this.#access(node, place));
      case "call":
        return this.#call(node, place);
      case "rcall":
        return this.#method(node, place);
      case "list": {
        const shapes = node.args.map((item) => this.see(item, place).shape);
        return value({ kind: "list", of: shapes.reduce(join, never), atLeast: shapes.length });
      }
      case "map": {
        const shapes = node.args.map((pair) => pair.map((part) => this.see(part, place).shape)[1] ?? simple);
        const keys = new Set(node.args.map(([key]) => literalOf(key)));
        return value({ kind: "map", of: shapes.reduce(join, never), keys });
      }
      case "!_": {
        const { yes, no } = this.see(node.args, place);
        return test(no, yes);
      }
      case "-_":
        this.see(node.args, place);
        return value(simple);
      case "?:": {
        const [condition, then, otherwise] = node.args;
        const asked = this.see(condition, place);
        const left = this.see(then, knowing(place, asked.yes));
        const right = this.see(otherwise, knowing(place, asked.no));
        return {
          shape: join(left.shape, right.shape),
          yes: either(union(asked.yes, left.yes), union(asked.no, right.yes)),
          no: either(union(asked.yes, left.no), union(asked.no, right.no)),
        };
      }
      case "&&": {
        const left = this.see(node.args[0], place);
        const right = this.see(node.args[1], knowing(place, left.yes));
        return test(union(left.yes, right.yes), either(left.no, union(left.yes, right.no)));
      }
      case "||": {
        const left = this.see(node.args[0], place);
        const right = this.see(node.args[1], knowing(place, left.no));
        return test(either(left.yes, union(left.no, right.yes)), union(left.no, right.no));
      }
      default: {
        const [left, right] = node.args.map((operand) => this.see(operand, place).shape);
        if (node.op === "+" && left?.kind === "list" && right?.kind === "list")
          return value({ ...left, of: join(left.of, right.of), atLeast: left.atLeast + right.atLeast });
        return { shape: simple, ...sizes(node) };
      }
    }
  }

  #access(node: Access, place: Place): Shape {
    const base = this.see(node.args[0], place).shape;
    if (typeof node.args[1] !== "string") this.see(node.args[1], place);
    const from = base.kind === "optional" ? base.of : base;
    const { shape, isThere } = this.#piece(node, from, place.facts);
    if (base.kind === "optional") return { kind: "optional", of: shape, isThere: isThere && base.isThere };
    if (node.op === ".?" || node.op === "[?]") return { kind: "optional", of: shape, isThere };
    if (!isThere) this.problems.push(mayBeMissing(node, from, shape));
    return shape;
  }

  /** The part of a value that an access names, and whether every user has it. */
  #piece(node: Access, from: Shape, facts: Facts): { shape: Shape; isThere: boolean } {
    const key = typeof node.args[1] === "string" ? node.args[1] : literalOf(node.args[1]);
    const isKnown = (fact: string) => facts === undefined || facts.has(fact);
    switch (from.kind) {
      case "object": {
        const field = typeof key === "string" ? from.type.fields.get(key) : undefined;
        if (!field) {
          this.problems.push(noAttribute(node, key, from.type));
          return { shape: never, isThere: true };
        }
        const below = [...from.has].filter((path) => path.startsWith(`.${key}.`));
        return {
          shape: shapeOf(field.type, new Set(below.map((path) => path.slice(`.${key}`.length)))),
          isThere: field.always || from.has.has(`.${key}`) || isKnown(keyOf(node)),
        };
      }
      case "list": {
        const size = typeof key === "bigint" && key >= 0n ? Number(key) + 1 : Infinity;
        return { shape: from.of, isThere: size <= from.atLeast || isKnown(`${keyOf(node.args[0])}#${size}`) };
      }
      case "map":
        return { shape: from.of, isThere: (key !== undefined && from.keys.has(key)) || isKnown(keyOf(node)) };
      case "never":
        return { shape: never, isThere: true };
      default:
        return { shape: simple, isThere: isKnown(keyOf(node)) };
    }
  }

  #call({ args: [name, args] }: Node<"call">, place: Place): Seen {
    const [asked] = args;
    if (name !== "has" || asked?.op !== ".") {
      for (const argument of args) this.see(argument, place);
      return value(simple);
    }
    // has() fails when what stands before the last name is missing
    const base = this.see(asked.args[0], place).shape;
    this.#piece(asked, base.kind === "optional" ? base.of : base, undefined);
    return test(presence(asked), nothing);
  }

  #method(node: Node<"rcall">, place: Place): Seen {
    const [name, receiver, args] = node.args;
    const [first, second] = args;
    if (receiver.op === "id" && receiver.args === "cel" && first?.op === "id" && second && args[2]) {
      const bound = this.see(second, place).shape;
      const { shape, yes, no } = this.#within(args[2], first.args, bound, place);
      return { shape, yes: without(yes, first.args), no: without(no, first.args) };
    }
    const { shape } = this.see(receiver, place);
    if (first?.op === "id" && macroArguments[name]?.includes(args.length))
      return this.#macro(node, shape, first.args, place);
    const given = args.map((argument) => this.see(argument, place).shape);
    if (receiver.op === "id" && receiver.args === "optional")
      return value({ kind: "optional", of: given[0] ?? never, isThere: given.length > 0 });
    if (shape.kind === "optional") return this.#optional(node, shape, given[0] ?? never);
    if (name === "split" && first) {
      const [separator, limit] = [literalOf(first), second && literalOf(second)];
      const isFilled =
        typeof separator === "string" &&
        separator !== "" &&
        (!second || (limit !== undefined && limit !== 0n));
      return value({ kind: "list", of: simple, atLeast: isFilled ? 1 : 0 });
    }
    return value(simple);
  }

  #optional(node: Node<"rcall">, shape: Extract<Shape, { kind: "optional" }>, other: Shape): Seen {
    switch (node.args[0]) {
      case "hasValue":
        return test(presence(node.args[1]), nothing);
      case "value":
        if (!shape.isThere) this.problems.push(mayBeEmpty(node));
        return value(shape.of);
      case "orValue":
        return value(shape.isThere ? shape.of : join(shape.of, other));
      case "or":
        return value(
          other.kind === "optional"
            ? { kind: "optional", of: join(shape.of, other.of), isThere: shape.isThere || other.isThere }
            : shape,
        );
      default:
        return value(simple);
    }
  }

  /** `list.exists(variable, test)` and its kin. */
  #macro(node: Node<"rcall">, list: Shape, variable: string, place: Place): Seen {
    const [name, receiver, [, body, transform]] = node.args;
    if (!body) return value(simple);
    const element = list.kind === "list" ? list.of : simple;
    const seen = this.#within(body, variable, element, place);
    switch (name) {
      case "filter":
        return value({ kind: "list", of: narrowed(element, variable, seen.yes), atLeast: 0 });
      case "map": {
        if (!transform)
          return value({ kind: "list", of: seen.shape, atLeast: list.kind === "list" ? list.atLeast : 0 });
        const { shape } = this.#within(transform, variable, element, place, seen.yes);
        return value({ kind: "list", of: shape, atLeast: 0 });
      }
      case "all":
        return test(nothing, nothing);
      default: {
        const found = new Set([`${keyOf(receiver)}#1`, `${filterKey(node.args)}#1`]);
        return test(union(found, without(seen.yes, variable)), nothing);
      }
    }
  }

  /** A part in which a variable has a value of its own. */
  #within(body: ASTNode, variable: string, shape: Shape, place: Place, known: Facts = nothing): Seen {
    return this.see(body, {
      scope: new Map([...place.scope, [variable, shape]]),
      facts: union(without(place.facts, variable), known),
    });
  }
}

/** An element of which something is known by the name of the variable that it had. */
function narrowed(element: Shape, variable: string, facts: Facts): Shape {
  if (element.kind !== "object") return element;
  const known = [...(facts ?? [])].filter((fact) => fact.startsWith(`${variable}.`));
  return { ...element, has: new Set([...element.has, ...known.map((fact) => fact.slice(variable.length))]) };
}
