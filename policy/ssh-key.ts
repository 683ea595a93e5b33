/**
 * Public keys for SSH, as an identity provider sends them: a text of which nothing is kept but the type and the key itself,
 * so that no option of an authorized_keys line can come with one.
 *
 * Source: RFC 4253, section 6.6; RFC 5656, section 3.1; RFC 8709, section 4; OpenSSH's PROTOCOL.u2f.
 */
import { createHash } from "node:crypto";
import { type SshKeyType, sshKeyTypes } from "../model/environment/ssh-key-types.ts";
import { fail, ok, type Result } from "../model/result.ts";

export interface SshKey {
  readonly type: SshKeyType;
  /** In base64, in the one form that each key has. */
  readonly blob: string;
}

/** More than any person has: each login looks a key up, and each write settles all of an account. */
const mostKeys = 100;
const longestText = 16_384;
const smallestRsa = 2_048;

const curves: Readonly<Record<string, number>> = { nistp256: 65, nistp384: 97, nistp521: 133 };

/** Why the fields of a key's blob, behind its type, are none of that type. */
type Fault = (fields: readonly Buffer[]) => string | undefined;

const ed25519: Fault = ([key, ...rest]) =>
  key?.length === 32 && rest.length === 0 ? undefined : "it is cut short, or longer than a key";

const rsa: Fault = ([exponent, modulus, ...rest]) => {
  if (!exponent || !modulus || rest.length > 0 || !isPositive(exponent) || !isPositive(modulus))
    return "it is no RSA key";
  // a zero byte in front keeps it positive, and is none of its own
  const [first = 0] = modulus;
  const bits = first === 0 ? (modulus.length - 1) * 8 : modulus.length * 8 - (Math.clz32(first) - 24);
  return bits < smallestRsa ? `an RSA key of ${bits} bits (expected ${smallestRsa} or more)` : undefined;
};

const ecdsa = (curve: string): Fault => {
  return ([name, point, ...rest]) =>
    name?.toString("latin1") === curve &&
    point?.length === curves[curve] &&
    point?.[0] === 4 &&
    rest.length === 0
      ? undefined
      : `it is no key of the curve ${curve}`;
};

/** A security key's: what an application is called stands behind the key. */
const bound =
  (fault: Fault): Fault =>
  (fields) =>
    fields.length > 1 ? fault(fields.slice(0, -1)) : "it names no application";

const faults: Readonly<Record<SshKeyType, Fault>> = {
  "ssh-ed25519": ed25519,
  "sk-ssh-ed25519@openssh.com": bound(ed25519),
  "ecdsa-sha2-nistp256": ecdsa("nistp256"),
  "ecdsa-sha2-nistp384": ecdsa("nistp384"),
  "ecdsa-sha2-nistp521": ecdsa("nistp521"),
  "sk-ecdsa-sha2-nistp256@openssh.com": bound(ecdsa("nistp256")),
  "ssh-rsa": rsa,
};

/**
 * The key in a text such as `ssh-ed25519 AAAA… comment`; the comment is dropped.
 *
 * @returns why it is none, in words that hold nothing of it
 */
export function parseSshKey(text: string): Result<SshKey, string> {
  if (text.length > longestText) return fail("it is too long");
  const line = text.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what would be a line of its own
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) return fail("it is more than one line");
  const [word, blob = ""] = line.split(/[ \t]+/);
  const type = sshKeyTypes.find((name) => name === word);
  if (!type) return fail(`it begins with no type of key (expected ${sshKeyTypes.join(", ")})`);
  const bytes = Buffer.from(blob, "base64");
  if (bytes.toString("base64") !== blob) return fail("what follows the type is not base64");
  const [named, ...fields] = fieldsOf(bytes) ?? [];
  if (named?.toString("latin1") !== type) return fail("it is not of the type that it begins with");
  const wrong = faults[type](fields);
  return wrong === undefined ? ok({ type, blob }) : fail(wrong);
}

export interface ParsedKeys {
  /** Each once, in the order of their texts. */
  readonly keys: readonly SshKey[];
  /** Why others are none. */
  readonly unfit: readonly string[];
}

/** The keys in some texts; what is none is left out, so that it keeps no other from coming or going. */
export function parseSshKeys(texts: readonly string[]): ParsedKeys {
  const found = new Map<string, SshKey>();
  const unfit: string[] = [];
  for (const [i, text] of texts.entries()) {
    const key = found.size < mostKeys ? parseSshKey(text) : fail(`one more than ${mostKeys}`);
    if (key.ok) found.set(keyText(key.value), key.value);
    else unfit.push(`key ${i + 1}: ${key.error}`);
  }
  return { keys: [...found.keys()].sort().flatMap((text) => found.get(text) ?? []), unfit };
}

const keyLike = new RegExp(
  `(?:${sshKeyTypes.map((type) => type.replaceAll(".", "\\.")).join("|")})[ \\t]+[A-Za-z0-9+/]+=*`,
  "g",
);

/** The keys that stand anywhere in what is stored of somebody. */
export function keysWithin(resource: unknown): SshKey[] {
  if (typeof resource === "string")
    return (resource.match(keyLike) ?? []).flatMap((text) => {
      const key = parseSshKey(text);
      return key.ok ? key.value : [];
    });
  return typeof resource === "object" && resource !== null ? Object.values(resource).flatMap(keysWithin) : [];
}

/** `ssh-ed25519 AAAA…`: two keys with the same text are one. */
export function keyText({ type, blob }: SshKey): string {
  return `${type} ${blob}`;
}

/** As `ssh-keygen -l` prints it: SHA256:… */
export function fingerprint({ blob }: SshKey): string {
  const digest = createHash("sha256").update(Buffer.from(blob, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

/** The length-prefixed fields that a blob is made of, to its last byte. */
function fieldsOf(bytes: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** Whether a number is above zero, and written in the one way (RFC 4251, section 5, mpint). */
function isPositive([first = 0x80, second = 0]: Buffer): boolean {
  return first === 0 ? second >= 0x80 : first < 0x80;
}
