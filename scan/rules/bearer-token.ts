import { isHarmless } from "../placeholder.ts";
import { looksRandom } from "../randomness.ts";
import { patternRule } from "../rule.ts";

/** `Authorization: Bearer …` (RFC 6750, section 2.1), in a header, a curl command or an object of any language. */
export const bearerHeader = patternRule({
  name: "bearer-token",
  looksLike: "a bearer token",
  pattern:
    /authorization["'`]?[ \t]{0,8}[:=,][ \t]{0,8}["'`]?bearer[ \t]{1,8}(?<secret>[\w.~+/-]{16,4096}=*)/dgi,
  accepts: ({ secret = "" }) => !isHarmless(secret) && looksRandom(secret),
});
