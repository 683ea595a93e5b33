import { patternRule } from "../rule.ts";

/**
 * Private keys as PEM (RFC 7468), encrypted or not: those of SEC1, short ones and OpenPGP's are not what secretlint expects.
 * Headers as in RFC 1421 say that an old one is encrypted.
 */
export const privateKey = patternRule({
  name: "private-key",
  looksLike: "a private key",
  pattern:
    /(?<secret>-----BEGIN (?<label>(?:[A-Z]{2,12} )?PRIVATE KEY(?: BLOCK)?)-----(?:\s|\\[nr]){1,40}(?<headers>(?:[A-Z][A-Za-z-]{1,20}: [^\n\\]{0,200}(?:\s|\\[nr]){1,40}){0,8})(?<body>[\w+/=\s\\]{56,20000})-----END \k<label>-----)/dg,
  accepts: ({ headers = "", body = "" }) => {
    const bytes = Buffer.from(body.replace(/\\[nr]|[\s\\]/g, ""), "base64");
    const isEncrypted = headers.includes("ENCRYPTED") && bytes.length % 8 === 0;
    return isEncrypted || isSequence(bytes) || isOpenSsh(bytes) || isSecretPacket(bytes);
  },
});

/** ASN.1's SEQUENCE, as long as it says (X.690, section 8.1.3): no stand-in is. */
function isSequence(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30) return false;
  const [, length = 0] = bytes;
  if (length < 0x80) return bytes.length === 2 + length;
  const size = length - 0x80;
  return size >= 1 && size <= 3 && bytes.length === 2 + size + bytes.readUIntBE(2, size);
}

function isOpenSsh(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, 14) === "openssh-key-v1";
}

/** OpenPGP's packet 5, in its old and its new form (RFC 9580, section 4.2). */
function isSecretPacket(bytes: Buffer): boolean {
  const [first = 0] = bytes;
  return (first & 0xfc) === 0x94 || first === 0xc5;
}
