import { patternRule } from "../rule.ts";

/** Client secrets of Microsoft Entra ID applications: 40 characters, with a digit and `Q~` from the fourth on. */
export const entraClientSecret = patternRule({
  name: "entra-client-secret",
  looksLike: "a Microsoft Entra client secret",
  pattern: /(?<![\w~.-])(?<secret>[\w~.-]{3}\dQ~[\w~.-]{31,34})(?![\w~-])/dg,
});
