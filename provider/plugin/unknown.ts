/**
 * The value that Terraform knows only after apply. It may stand for an attribute or for an element at any depth, in the
 * configuration of a provider and of a resource at plan time, and in a planned state.
 */
export const Unknown: unique symbol = Symbol.for("terraform.unknown");
export type Unknown = typeof Unknown;

/** `T` with `Unknown` possible at every depth. */
export type Unknowable<T> = T extends string | number | boolean | null
  ? T | Unknown
  : { readonly [K in keyof T]: Unknowable<T[K]> } | Unknown;

/** `T` with `Unknown` taken out at every depth: what `isWhollyKnown` narrows to. */
export type Known<T> = T extends Unknown
  ? never
  : T extends string | number | boolean | null
    ? T
    : { readonly [K in keyof T]: Known<T[K]> };

/** Whether the value itself is unknown; its elements may still be, see `isWhollyKnown`. */
export const isUnknown = (value: unknown): value is Unknown => value === Unknown;

/**
 * Whether nothing in the value is unknown, at any depth.
 *
 * @example
 * if (!isWhollyKnown(config)) return { planned: proposed };
 * // config is a State here
 */
export function isWhollyKnown<T>(value: T | Known<T>): value is Known<T> {
  if (isUnknown(value)) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every((element) => isWhollyKnown(element));
}
