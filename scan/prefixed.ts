/** Tokens that their issuer begins with letters of its own, so that they are found. */
import type { SecretLintRuleCreator } from "@secretlint/types";
import { entropy } from "../model/entropy.ts";
import { isHarmless } from "./placeholder.ts";
import { isIrregular } from "./randomness.ts";
import { patternRule } from "./rule.ts";

interface PrefixedToken {
  readonly name: string;
  /** With article. */
  readonly looksLike: string;
  /** Global, with indices (`gd`): the credential in the group `secret`, and what is generated of it in `random`. */
  readonly pattern: RegExp;
}

/** The rule: behind the prefix stands what a generator made, not words and not a stand-in. */
export function prefixedTokenRule(token: PrefixedToken): SecretLintRuleCreator {
  return patternRule({
    ...token,
    accepts: ({ secret = "", random = "" }) =>
      !isHarmless(secret) && entropy(random) >= 3 && isIrregular(random.replace(/[-_.]/g, "")),
  });
}
