import { patternRule } from "../rule.ts";

/** Ed25519 and X25519 keys in PKCS #8 (RFC 8410, section 7): shorter than secretlint expects of a private key. */
export const ed25519Key = patternRule({
  name: "ed25519-key",
  looksLike: "a private key",
  pattern:
    /(?<secret>-----BEGIN PRIVATE KEY-----(?:\s|\\n){1,40}MC4CAQAwBQYDK2V[\w+/]{40,60}={0,2}(?:\s|\\n){1,40}-----END PRIVATE KEY-----)/dg,
});
