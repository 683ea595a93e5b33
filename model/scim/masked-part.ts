/** A part of what an identity provider sends, without what stands in it. */
import { z } from "zod";

export const MaskedPart = z.strictObject({
  op: z
    .enum(["add", "replace", "remove"])
    .nullable()
    .describe("Of an operation of a PATCH; null in a whole resource."),
  path: z
    .string()
    .describe(
      "The attribute as the schema writes it, a filter in it as `[]`; `?` for one that no schema has.",
    ),
  is: z
    .string()
    .describe(
      "What the value is: `text`, `number`, `null`, `object`, `nothing`, `3 values`. A boolean is as it came: `true` or `false`, also where it came as text.",
    ),
});
export type MaskedPart = z.infer<typeof MaskedPart>;
