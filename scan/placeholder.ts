/** Values that stand where a credential will be, or point at one. */

const references = [
  /^ref\+/, // vals, and this project's own
  /^(?:op|vault|secret|env|file|https?|arn|aws|gcp|azure)[:+]/,
  /[$#%@]\{|\{\{|<%|%\(|\$\(/, // interpolation: ${…}, #{…}, {{…}}, <%…%>, %(…)s, $(…)
  /^\$[A-Za-z_]\w*$/,
  /^%\w+%$/,
  /^<.*>$/,
  /^!\w/, // YAML tags: !vault, !Ref
  /^(?:\.{0,2}|~)\/[\w./-]*$/, // paths
];

const digests = [/^(?:sha\d+|md5|blake\w+)[:-]/i, /^\$(?:2[aby]|argon2\w*|[156]|scrypt|pbkdf2[\w-]*)\$/];

const publicKeys = [/^AAAA[A-Z]3NzaC1/, /^MI[IG][A-Za-z0-9+/]{2}ANBgkqhkiG9w0/];

const standIns = [
  /example|change-?_?me|placeholder|dummy|sample|redacted|replace-?_?me|insert|your[-_]/i,
  /x{5}|(.)\1{5}|\*{3}|\.{3}|…/i,
  /0123456789|1234567890|abcdefgh/i,
];

/** Whether a value is a reference, a digest, a public key or a stand-in: none of them lets anybody in. */
export function isHarmless(value: string): boolean {
  return [...references, ...digests, ...publicKeys, ...standIns].some((pattern) => pattern.test(value));
}

const wordsForPasswords =
  /^(?:(?:user|my|the|client)[-_]?)?(?:pass(?:w(?:or)?d|phrase)?|secret|token|pw|open sesame)\d*$/i;

/** Whether a password of any form, also a weak one, is none that anybody has: as in `user:password`. */
export function isStandInPassword(value: string): boolean {
  return isHarmless(value) || wordsForPasswords.test(value) || /^[{[(].*[}\])]$/.test(value);
}
