import { isHarmless } from "../placeholder.ts";
import { looksRandom } from "../randomness.ts";
import { patternRule } from "../rule.ts";
import { isSecretName } from "../secret-name.ts";

const configFiles = new RegExp(
  [
    /\.(?:ya?ml|jsonc?|json5|toml|ini|cfg|conf|config|properties|env|tf|tfvars|hcl|hgrc|plist|xml)$/,
    /(?:^|[\\/])\.env(?:\.[\w.-]+)?$/,
    /(?:^|[\\/])(?:\.\w+rc|hgrc|Dockerfile|credentials)$/,
  ]
    .map(({ source }) => source)
    .join("|"),
);

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** A generated value behind a name such as token, secret, password or key, in a file that configures something. */
export const assignedSecret = patternRule({
  name: "assigned-secret",
  looksLike: "a generated secret",
  files: configFiles,
  // the value is only looked at, not consumed: in `args: --token=…` it has a name of its own
  pattern:
    /(?<![\w.])(?<name>[A-Z_][\w.-]{0,80})(?<=(?:token|secret|passw(?:or)?d|passphrase|pwd|credential|key)s?[_\d]{0,4})["']?[ \t]{0,40}(?:=>|[:=])[ \t]{0,40}["']?(?=(?<secret>(?<=")[^"\n]{16,512}(?=")|(?<=')[^'\n]{16,512}(?=')|(?<!["'])[^\s"',;}\]]{16,512}))/dgi,
  accepts: ({ name = "", secret = "" }) =>
    isSecretName(name) && !/\s/.test(secret) && !isHarmless(secret) && isGenerated(name, secret),
});

/** A UUID behind `key` names a thing. */
function isGenerated(name: string, value: string): boolean {
  return uuid.test(value) ? !/key/i.test(name) && new Set(value).size > 6 : looksRandom(value);
}
