import { isHarmless } from "../placeholder.ts";
import { looksRandom } from "../randomness.ts";
import { patternRule } from "../rule.ts";
import { isSecretName } from "../secret-name.ts";

/** A generated value that a shell, PowerShell or a container is given under a name that says secret, in any file. */
export const exportedSecret = patternRule({
  name: "exported-secret",
  looksLike: "an exported secret",
  pattern:
    /(?:(?<![\w-])(?:export|declare[ \t]{1,8}-x|--env|-e)[ \t=]{1,8}(?<posix>[A-Za-z_]\w{0,80})=|(?<![\w-])(?:setenv|set[ \t]{1,8}-g?x)[ \t]{1,8}(?<csh>[A-Za-z_]\w{0,80})[ \t]{1,8}|\$env:(?<power>[A-Za-z_]\w{0,80})[ \t]{0,8}=[ \t]{0,8})["']?(?<secret>[^\s"'`;&|]{16,512})/dgi,
  accepts: ({ posix, csh, power, secret = "" }) =>
    isSecretName(posix ?? csh ?? power ?? "") && !isHarmless(secret) && looksRandom(secret),
});
