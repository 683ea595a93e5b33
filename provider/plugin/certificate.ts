/**
 * The certificate by which Terraform and the provider know each other: self-signed, for one process, written out in
 * DER so that no X.509 library has to be loaded at every start.
 *
 * Source: RFC 5280, section 4.1; the extensions are those that go-plugin's automatic mutual TLS sets.
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  /** The private key, PKCS #8 in PEM. */
  readonly key: string;
}

const HOST = "localhost";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";

/** digitalSignature and keyCertSign: bits 0 and 5 from the left, 2 unused at the right. */
const KEY_USAGE_BITS = Buffer.from([2, 0b1000_0100]);

const CLOCK_SKEW_MS = 60_000;
const LIFETIME_MS = 30 * 24 * 3600_000;

/** Makes a key on P-256 and a certificate for `localhost`, as client and server, valid for 30 days. */
export function selfSignedCertificate(now = Date.now()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const name = sequence(set(sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(HOST)))));
  const content = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])), // a leading 1 keeps it positive
    algorithm,
    name,
    sequence(time(now - CLOCK_SKEW_MS), time(now + LIFETIME_MS)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(
        extension(KEY_USAGE, true, der(0x03, KEY_USAGE_BITS)),
        extension(
          EXTENDED_KEY_USAGE,
          false,
          sequence(oid(CLIENT_AUTHENTICATION), oid(SERVER_AUTHENTICATION)),
        ),
        extension(BASIC_CONSTRAINTS, true, sequence(TRUE)),
        extension(SUBJECT_ALTERNATIVE_NAME, false, sequence(der(0x82, Buffer.from(HOST)))),
      ),
    ),
  );
  const certificate = sequence(content, algorithm, bitString(sign("sha256", content, privateKey)));
  return {
    der: certificate,
    pem: `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Tag, length, value (X.690, 8.1). */
function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = base256(content.length);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

const base256 = (value: number): Buffer => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
};

const TRUE = der(0x01, Buffer.from([0xff]));
const sequence = (...contents: Uint8Array[]): Buffer => der(0x30, ...contents);
const set = (...contents: Uint8Array[]): Buffer => der(0x31, ...contents);
const integer = (bigEndian: Buffer): Buffer => der(0x02, bigEndian);
const bitString = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes);

/** UTCTime before 2050, GeneralizedTime from then on (RFC 5280, 4.1.2.5). */
const time = (milliseconds: number): Buffer => {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, "");
  return digits < "2050" ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
};

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(critical ? [TRUE] : []), der(0x04, value));

/** The first two numbers share a byte; each other one is written seven bits a byte, highest first. */
function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const number of rest) {
    const group = [number % 128];
    for (let high = Math.floor(number / 128); high > 0; high = Math.floor(high / 128))
      group.unshift(0x80 | (high % 128));
    bytes.push(...group);
  }
  return der(0x06, Buffer.from(bytes));
}
