import type { Unknowable } from "./unknown.ts";

/**
 * A type, written as Terraform writes type constraints in JSON: `"string"`, `["map", "string"]`,
 * `["list", ["object", { name: "string" }]]`.
 */
export type Type =
  | "string"
  | "number"
  | "bool"
  | readonly ["list" | "set" | "map", Type]
  | readonly ["object", { readonly [attribute: string]: Type }];

/** One attribute: `required`, `optional`, `computed` by the provider, or `optional` and else `computed`. */
export type Attribute = {
  readonly type: Type;
  readonly description?: string;
  /** Terraform prints `(sensitive value)` in its place; the state still holds it. */
  readonly sensitive?: boolean;
  readonly deprecated?: boolean;
} & (
  | { readonly required: true; readonly optional?: never; readonly computed?: never }
  | { readonly optional: true; readonly computed?: true; readonly required?: never }
  | { readonly computed: true; readonly required?: never; readonly optional?: never }
);

/**
 * The attributes of a provider's configuration or of a resource. Declare it `as const satisfies Schema`: every type of
 * the provider's functions follows from it.
 */
export interface Schema {
  /** Of the state's form; raise it with a resource's `upgrade`. 0 unless told. */
  readonly version?: number;
  readonly description?: string;
  readonly attributes: { readonly [name: string]: Attribute };
}

/** The value of a type. Elements of collections are never null; attributes of objects may be. */
export type Value<T> = T extends "string"
  ? string
  : T extends "number"
    ? number
    : T extends "bool"
      ? boolean
      : T extends readonly ["list" | "set", infer E]
        ? readonly Value<E>[]
        : T extends readonly ["map", infer E]
          ? { readonly [key: string]: Value<E> }
          : T extends readonly ["object", infer A]
            ? { readonly [K in keyof A]: Value<A[K]> | null }
            : never;

type ValueOf<A extends Attribute> = A extends { readonly required: true }
  ? Value<A["type"]>
  : Value<A["type"]> | null;

/** A resource as it is, or a configuration at apply: everything known; null where an attribute is not set. */
export type State<S extends Schema> = { readonly [K in keyof S["attributes"]]: ValueOf<S["attributes"][K]> };

/** A configuration before apply: any part may be `Unknown`. Attributes that are only computed are null in it. */
export type Config<S extends Schema> = {
  readonly [K in keyof S["attributes"]]: Unknowable<ValueOf<S["attributes"][K]>>;
};

/** A state that is planned: what the provider cannot tell before apply is `Unknown`. */
export type Planned<S extends Schema> = Config<S>;
