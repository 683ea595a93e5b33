/** Pointers to secrets, never their values. */
import { z } from "zod";
import { Duration, inLargestUnit } from "../duration.ts";
import { coded } from "../issue.ts";
import { SecretReference } from "../reference.ts";
import { described, setOf } from "./common.ts";

/** How long a secret may be used. */
export const Lifetime = Duration.refine((text) => !/^0[smhd]$/.test(text), {
  error: "no time at all (expected at least 1s)",
  params: coded("out-of-bounds"),
}).overwrite(inLargestUnit);

/** For how long nobody may have come with a token before a rotation withdraws it, where its secret says nothing. */
export const usualQuiet: Duration = "1d";

export const Secret = z.strictObject({
  refs: setOf(SecretReference)
    .min(1, { error: "no reference (expected one, or two for a token that is rotated)" })
    .max(2, { error: "more than two references (expected one, or two for a token that is rotated)" })
    .describe(
      "Where the value is: one place, or two by which `hgscim rotate` replaces a token without a gap.",
    )
    .meta({ examples: [["ref+env://SCIM_OKTA_TOKEN"]] }),
  lifetime: Lifetime.exactOptional()
    .describe("After how long its value is to be replaced. `limits` may set the longest.")
    .meta({ examples: ["30d"] }),
  quiet: Lifetime.exactOptional()
    .describe(
      `For how long nobody may have come with the old value before \`hgscim rotate\` withdraws it: ${usualQuiet} when absent.`,
    )
    .meta({ examples: ["2h"] }),
  ...described,
});
