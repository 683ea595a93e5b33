import { isStandInPassword } from "../placeholder.ts";
import { patternRule } from "../rule.ts";

/** A password for a machine in `.netrc`, or in a script that writes one: its words in any order, in one line or more. */
export const netrcPassword = patternRule({
  name: "netrc",
  looksLike: "a password for a machine",
  pattern:
    /(?<![^\s"'`])(?:(?:machine\s{1,40}[^\s"'`]{1,253}|default)(?:\s{1,40}(?:login|account)\s{1,40}(?!anonymous\s)[^\s"'`]{1,256}){1,2}|machine\s{1,40}[\w-]{1,63}\.[\w.:-]{1,190})\s{1,40}password\s{1,40}(?<secret>[^\s"'`]{4,512})/dg,
  accepts: ({ secret = "" }) => !isStandInPassword(secret),
});
