/** A right that nobody has until they take it, for a while, and with somebody told of it. */
import { z } from "zod";
import { Duration } from "../duration.ts";
import { setOf, Text, VariableReference } from "./common.ts";
import { Right } from "./right.ts";

export const BreakGlass = z.strictObject({
  who: setOf(Text)
    .min(1, { error: "nobody (expected the groups whose members may take the right)" })
    .describe("Groups whose members may take the right when it is needed.")
    .meta({ examples: [["release-managers"]] }),
  right: Right.describe("The right that they take.").meta({ examples: ["write"] }),
  for: Duration.describe("How long they have it.").meta({ examples: ["1h"] }),
  alert: VariableReference.describe(
    "Who is told at once: the address of a webhook, a variable of type secret, or of type url where it is none.",
  ).meta({ examples: [{ var: "ALERT_WEBHOOK" }] }),
});

export type BreakGlass = z.infer<typeof BreakGlass>;
