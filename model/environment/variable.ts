/** The inventory of environment variables: what connectors and expressions may use, each with its type. */
import { z } from "zod";
import { described, HttpUrl, Name } from "./common.ts";

export const Variable = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("string"), value: z.string(), ...described }),
  z.strictObject({ type: z.literal("url"), value: HttpUrl, ...described }),
  z.strictObject({
    type: z.literal("uuid"),
    value: z.uuid({ error: "not a UUID (expected 8-4-4-4-12 hexadecimal digits)" }),
    ...described,
  }),
  z
    .strictObject({
      type: z.literal("integer"),
      value: z.int(),
      min: z.int().optional().describe("The smallest value allowed."),
      max: z.int().optional().describe("The largest value allowed."),
      ...described,
    })
    .check((context) => {
      const { value, min = -Infinity, max = Infinity } = context.value;
      if (min > max)
        context.issues.push({
          code: "custom",
          input: min,
          path: ["min"],
          message: `${min} is more than max (expected at most ${max})`,
        });
      else if (value < min || value > max)
        context.issues.push({
          code: "custom",
          input: value,
          path: ["value"],
          message: `${value} is out of bounds (expected ${value < min ? `at least ${min}` : `at most ${max}`})`,
        });
    }),
  z.strictObject({ type: z.literal("boolean"), value: z.boolean(), ...described }),
  z.strictObject({
    type: z.literal("secret"),
    secret: Name.describe("The entry of `secrets` that holds the references."),
    ...described,
  }),
]);

export type Variable = z.infer<typeof Variable>;
