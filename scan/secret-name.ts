/** Names that say that their value is a secret. */

const secretName =
  /(?:token|secret|passw(?:or)?d|passphrase)s?_?\d*$|(?:^|_)(?:pwd|credentials?|(?:api|access|auth|signing|encryption|master|private|shared|client)?_?keys?)_?\d*$/;
const publicName = /(?:^|_)(?:public|pub|primary|foreign|sort|partition|cache)_?key/;

/** Whether a name says secret; `oktaToken`, `OKTA_TOKEN` and `okta.token` are one. */
export function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, "$1_$2")
    .replace(/[.-]/g, "_")
    .toLowerCase();
  return secretName.test(words) && !publicName.test(words);
}
