import { entropy } from "../../model/entropy.ts";
import { isHarmless } from "../placeholder.ts";
import { patternRule } from "../rule.ts";

/** Okta's API tokens: 42 characters from 00 on, sent as `Authorization: SSWS 00…`. */
export const oktaToken = patternRule({
  name: "okta-token",
  looksLike: "an Okta API token",
  pattern: /(?<scheme>SSWS\s{1,4})?(?<![\w+/-])(?<secret>00[\w-]{40})(?![\w+/=-])/dg,
  accepts: ({ scheme, secret = "" }) =>
    !isHarmless(secret) &&
    (scheme !== undefined || (/[a-z]/.test(secret) && /[A-Z]/.test(secret) && entropy(secret) >= 4)),
});
