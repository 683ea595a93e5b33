/** The inventory of environment variables: what connectors and expressions may use, each with its type. */
import { z } from "zod";
import { Duration } from "../duration.ts";
import { issueOf } from "../issue.ts";
import { hint } from "../nearest.ts";
import { patternProblem, wholeMatch } from "../regular-expression.ts";
import { described, HttpUrl, Name, setOf, Text } from "./common.ts";
import { ClientId, PageSize, TenantId } from "./identifiers.ts";

/** The keys that every variable with a value of its own has. */
const valued = <V extends z.ZodType>(value: V, example: z.input<V>) => ({
  value: value
    .exactOptional()
    .describe("The value here.")
    .meta({ examples: [example] }),
  default: value
    .exactOptional()
    .describe("The value where no file says another one.")
    .meta({ examples: [example] }),
  required: z
    .boolean()
    .exactOptional()
    .describe("Whether it must have a value; with `false`, expressions must ask for it: `has(vars.NAME)`.")
    .meta({ default: true, examples: [false] }),
  ...described,
});

interface Valued<V> {
  readonly value?: V;
  readonly default?: V;
  readonly required?: boolean;
}

/**
 * A check of a value that must be there, and of the default too. What it finds never repeats the value: a secret may have been
 * pasted there.
 *
 * @param wrong what is wrong with a value, if anything is
 */
function valuesOf<T extends Valued<unknown>>(
  wrong: (value: NonNullable<T["value"]>, variable: T) => string | undefined = () => undefined,
): z.core.CheckFn<T> {
  return ({ value: variable, issues }) => {
    if (variable.value === undefined && variable.default === undefined && variable.required !== false) {
      const message = "nothing (expected a value, a default, or required: false)";
      issues.push(issueOf("missing-key", message, variable, "value"));
    }
    for (const key of ["value", "default"] as const) {
      const value = variable[key];
      const message = value === undefined || value === null ? undefined : wrong(value, variable);
      if (message !== undefined) issues.push(issueOf("variable-value", message, variable, key));
    }
  };
}

/** The variable with its effective value alone: to write a default out, or one that is not needed, changes no digest. */
function effective<T extends Valued<unknown>>({ default: other, required, ...variable }: T) {
  return {
    ...(other !== undefined && { value: other }),
    ...variable,
    ...(required === false && other === undefined && { required }),
  } as Omit<T, "default">;
}

const Pattern = Text.max(1000, { error: "a pattern of more than 1000 characters (expected less)" }).check(
  ({ value, issues }) => {
    const problem = patternProblem(value);
    if (problem !== undefined)
      issues.push(
        issueOf("malformed-value", `not a regular expression: ${problem} (expected RE2 syntax)`, value),
      );
  },
);

const StringVariable = z
  .strictObject({
    type: z.literal("string").describe("Any text."),
    ...valued(z.string(), "example.com"),
    pattern: Pattern.exactOptional()
      .describe("A regular expression (RE2) that the whole text must match.")
      .meta({ examples: ["[a-z0-9.-]+"] }),
  })
  .check(
    valuesOf((value, { pattern }) =>
      pattern === undefined || patternProblem(pattern) !== undefined || wholeMatch(pattern)(value)
        ? undefined
        : `the text does not match the pattern (expected all of it to match ${pattern})`,
    ),
  )
  .transform(effective);

const IntegerVariable = z
  .strictObject({
    type: z.literal("integer").describe("A whole number."),
    ...valued(z.int(), 100),
    min: z
      .int()
      .exactOptional()
      .describe("The smallest value allowed.")
      .meta({ examples: [1] }),
    max: z
      .int()
      .exactOptional()
      .describe("The largest value allowed.")
      .meta({ examples: [1000] }),
  })
  .check(({ value: { min = -Infinity, max = Infinity }, issues }) => {
    if (min > max)
      issues.push(issueOf("out-of-bounds", `${min} is more than max (expected at most ${max})`, min, "min"));
  })
  .check(
    valuesOf((value, { min = -Infinity, max = Infinity }) =>
      min > max || (value >= min && value <= max)
        ? undefined
        : `${value} is out of bounds (expected ${value < min ? `at least ${min}, its min` : `at most ${max}, its max`})`,
    ),
  )
  .transform(effective);

const EnumVariable = z
  .strictObject({
    type: z.literal("enum").describe("One of a few texts."),
    values: setOf(Text)
      .min(1, { error: "no value (expected at least one)" })
      .overwrite((values) => [...values].sort())
      .describe("The values that are allowed.")
      .meta({ examples: [["eu", "us"]] }),
    ...valued(Text, "eu"),
  })
  .check(
    valuesOf((value, { values }) =>
      values.length === 0 || values.includes(value)
        ? undefined
        : `none of the values ${hint(`one of ${values.join(", ")}`, value, values)}`,
    ),
  )
  .transform(effective);

const Uuid = z.uuid({ error: "not a UUID (expected 8-4-4-4-12 hexadecimal digits)" });

export const Variable = z.discriminatedUnion("type", [
  StringVariable,
  z
    .strictObject({
      type: z.literal("url").describe("An address, http://… or https://…."),
      ...valued(HttpUrl, "https://hg.example.com/scim/v2"),
    })
    .check(valuesOf())
    .transform(effective),
  z
    .strictObject({
      type: z.literal("uuid").describe("A UUID."),
      ...valued(Uuid, "8f14e45f-ceea-467f-a8d2-7d1f3c5b9e10"),
    })
    .check(valuesOf())
    .transform(effective),
  z
    .strictObject({
      type: z.literal("client-id").describe("The id of an OAuth client; never its secret."),
      ...valued(ClientId, "0oa1f9k2mXq7ZwLbT5d7"),
    })
    .check(valuesOf())
    .transform(effective),
  z
    .strictObject({
      type: z.literal("tenant-id").describe("A tenant: its UUID, or a domain name of it."),
      ...valued(TenantId, "6f1c1a52-64c9-4f0e-9d3c-0d8b8a2f7c11"),
    })
    .check(valuesOf())
    .transform(effective),
  z
    .strictObject({
      type: z.literal("page-size").describe("How many resources one list answer has at most."),
      ...valued(PageSize, 200),
    })
    .check(valuesOf())
    .transform(effective),
  IntegerVariable,
  z
    .strictObject({ type: z.literal("boolean").describe("true or false."), ...valued(z.boolean(), true) })
    .check(valuesOf())
    .transform(effective),
  // the text stays as it is: services that read it may not know every unit
  z
    .strictObject({
      type: z
        .literal("duration")
        .describe("A time span: a whole number and s, m, h or d; in expressions, its seconds."),
      ...valued(Duration, "24h"),
    })
    .check(valuesOf())
    .transform(effective),
  EnumVariable,
  z.strictObject({
    type: z.literal("secret").describe("No value: it names a secret."),
    secret: Name.describe("The entry of `secrets` that holds the references.").meta({
      examples: ["okta-token"],
    }),
    ...described,
  }),
]);

/** As everything after validation sees it: with the effective value, and none where it may be missing and is. */
export type Variable = z.infer<typeof Variable>;

/** The value of a variable; undefined for a secret, and where there is none. */
export function variableValue(variable: Variable): string | number | boolean | undefined {
  return variable.type === "secret" ? undefined : variable.value;
}

/** Whether it has a value in every environment that says the same of it. */
export function isRequired(variable: Variable): boolean {
  return variable.type === "secret" || variable.required !== false;
}

/** The types by which a part may be named: what it needs, and the type of its own that says more. */
export const typesOfPart = {
  tenant: ["tenant-id", "uuid"],
  audience: ["string", "client-id"],
  pageSize: ["page-size", "integer"],
} as const satisfies Record<string, readonly Variable["type"][]>;

/** A variable where it is of one of these types. */
export function ofOneType<T extends Variable["type"]>(
  variable: Variable | undefined,
  types: readonly T[],
): Extract<Variable, { type: T }> | undefined {
  return variable && (types as readonly string[]).includes(variable.type)
    ? (variable as Extract<Variable, { type: T }>)
    : undefined;
}
