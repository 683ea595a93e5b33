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

export const Secret = z.strictObject({
  refs: setOf(SecretReference)
    .min(1, { error: "no reference (expected one, or two while a token is being rotated)" })
    .max(2, { error: "more than two references (expected one, or two while a token is being rotated)" })
    .describe("Where the value is: the present one, and the next one while it is being rotated.")
    .meta({ examples: [["ref+env://SCIM_OKTA_TOKEN"]] }),
  lifetime: Lifetime.exactOptional()
    .describe("After how long its value is to be replaced. `limits` may set the longest.")
    .meta({ examples: ["30d"] }),
  ...described,
});
