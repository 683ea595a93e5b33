import { prefixedTokenRule } from "../prefixed.ts";

/** Tokens of HashiCorp Vault: service, batch and recovery (Vault's documentation, "Tokens"). */
export const vaultToken = prefixedTokenRule({
  name: "vault-token",
  looksLike: "a Vault token",
  pattern: /(?<![\w.-])(?<secret>hv[sbr]\.(?<random>[\w-]{24,}))/dg,
});
