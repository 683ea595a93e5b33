import { prefixedTokenRule } from "../prefixed.ts";

/** API keys of Google Cloud, and the secrets of its OAuth clients. */
export const googleKey = prefixedTokenRule({
  name: "google-key",
  looksLike: "a Google API key or client secret",
  pattern:
    /(?<![\w-])(?<secret>(?:AIza(?=[\w-]{35}(?![\w-]))|GOCSPX-(?=[\w-]{28}(?![\w-])))(?<random>[\w-]+))/dg,
});
