/** Pointers to secrets, never their values. */
import { z } from "zod";
import { Reference } from "../reference.ts";
import { described, setOf } from "./common.ts";

export const Secret = z.strictObject({
  refs: setOf(Reference)
    .min(1, { error: "no reference (expected one, or two while a token is being rotated)" })
    .max(2, { error: "more than two references (expected one, or two while a token is being rotated)" })
    .describe("Where the value is: the present one, and the next one while it is being rotated."),
  ...described,
});
