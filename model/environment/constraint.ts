/** Rules that are checked at every write. */
import { z } from "zod";
import { described, Expression, setOf, Text } from "./common.ts";

export const Constraint = z.strictObject({
  on: setOf(z.enum(["user.create", "user.update"]))
    .min(1, { error: "no operation (expected user.create, user.update or both)" })
    .describe("The operations that it judges. One that only takes access away is never judged."),
  require: Expression.describe("CEL over `user` (as it would become) and `vars`, bool: what must be true."),
  otherwise: z.literal("reject").default("reject").describe("What happens when it is not true."),
  message: Text.optional().describe("What the person who meets it is told."),
  ...described,
});

export type Constraint = z.infer<typeof Constraint>;
