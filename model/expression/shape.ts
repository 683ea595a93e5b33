/** What is known of a value in an expression: its parts, and which of them are there whatever the user is like. */
import type { ObjectType, ValueType } from "./types.ts";

export type Shape =
  /** Text, a number, a bool: it has no parts. */
  | { readonly kind: "simple" }
  /** What there is none of, such as the element of an empty list. */
  | { readonly kind: "never" }
  /** `has`: the attributes that are known to be there, such as `.value`. */
  | { readonly kind: "object"; readonly type: ObjectType; readonly has: ReadonlySet<string> }
  | { readonly kind: "list"; readonly of: Shape; readonly atLeast: number }
  | { readonly kind: "map"; readonly of: Shape; readonly keys: ReadonlySet<unknown> }
  | { readonly kind: "optional"; readonly of: Shape; readonly isThere: boolean };

/** The shape of a value of this type. A list that a user has is never empty: the agent does not keep one. */
export function shapeOf(type: ValueType, has: ReadonlySet<string> = new Set()): Shape {
  switch (type.kind) {
    case "simple":
      return { kind: "simple" };
    case "list":
      return { kind: "list", of: shapeOf(type.of), atLeast: 1 };
    case "object":
      return { kind: "object", type, has };
  }
}

/** What is known of a value that is one or the other. */
export function join(a: Shape, b: Shape): Shape {
  if (a.kind === "never") return b;
  if (b.kind === "never") return a;
  if (a.kind === "object" && b.kind === "object" && a.type === b.type)
    return { ...a, has: common(a.has, b.has) };
  if (a.kind === "list" && b.kind === "list")
    return { kind: "list", of: join(a.of, b.of), atLeast: Math.min(a.atLeast, b.atLeast) };
  if (a.kind === "map" && b.kind === "map")
    return { kind: "map", of: join(a.of, b.of), keys: common(a.keys, b.keys) };
  if (a.kind === "optional" && b.kind === "optional")
    return { kind: "optional", of: join(a.of, b.of), isThere: a.isThere && b.isThere };
  return { kind: "simple" };
}

function common<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): ReadonlySet<T> {
  return new Set([...a].filter((item) => b.has(item)));
}
