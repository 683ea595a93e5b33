/**
 * Self-signed certificates: Terraform and the provider know each other by one, and an agent on loopback makes its own.
 * Written out in DER, so that no X.509 library has to be loaded at every start of the provider.
 *
 * Source: RFC 5280, sections 4.1 and 4.2; the extensions are those that go-plugin's automatic mutual TLS sets, and a
 * subject key identifier, which strict clients want of an authority.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import type { Milliseconds, Time } from "../model/time.ts";
import {
  bitString,
  der,
  integer,
  octetString,
  oid,
  printableString,
  sequence,
  set,
  TRUE,
  time,
  utf8String,
} from "./der.ts";

export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  /** The private key, PKCS #8 in PEM. */
  readonly key: string;
}

export interface CertificateOptions {
  /** The names and IP addresses that it is for; the first one is its subject, too. */
  readonly hosts?: readonly string[];
  /** For how long from `now` on it is valid. */
  readonly lifetime?: Milliseconds;
  readonly now?: Time;
}

const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const SERIAL_NUMBER = "2.5.4.5";
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
const SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2";

/** digitalSignature and keyCertSign: bits 0 and 5 from the left, 2 unused at the right. */
const KEY_USAGE_BITS = bitString(Buffer.from([0b1000_0100]), 2);

/** How long before `now` it is valid already: the other side's clock may be late. */
const CLOCK_SKEW: Milliseconds = 60_000;
const THIRTY_DAYS: Milliseconds = 30 * 24 * 3600_000;

/**
 * Makes a key on P-256 and a certificate of it, as client and server, that is its own authority.
 *
 * @returns the certificate with its key; two calls never answer the same
 */
export function selfSignedCertificate({
  hosts = ["localhost"],
  lifetime = THIRTY_DAYS,
  now = Date.now(),
}: CertificateOptions = {}): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]); // a leading 1 keeps it positive
  // whoever trusts it and the one before finds each by its name alone: two of one name hide each other from OpenSSL
  const name = sequence(
    set(sequence(oid(COMMON_NAME), utf8String(hosts[0] ?? ""))),
    set(sequence(oid(SERIAL_NUMBER), printableString(serial.toString("hex")))),
  );
  const content = sequence(
    der(0xa0, integer(Buffer.from([2]))), // version 3
    integer(serial),
    algorithm,
    name,
    sequence(time(now - CLOCK_SKEW), time(now + lifetime)),
    name,
    spki,
    der(
      0xa3,
      sequence(
        extension(SUBJECT_KEY_IDENTIFIER, false, octetString(createHash("sha1").update(spki).digest())),
        extension(KEY_USAGE, true, KEY_USAGE_BITS),
        extension(
          EXTENDED_KEY_USAGE,
          false,
          sequence(oid(CLIENT_AUTHENTICATION), oid(SERVER_AUTHENTICATION)),
        ),
        extension(BASIC_CONSTRAINTS, true, sequence(TRUE)),
        extension(SUBJECT_ALTERNATIVE_NAME, false, sequence(...hosts.map(generalName))),
      ),
    ),
  );
  const certificate = sequence(content, algorithm, bitString(sign("sha256", content, privateKey)));
  return {
    der: certificate,
    pem: pem(certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Lines of 64 characters (RFC 7468, section 2). */
function pem(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(critical ? [TRUE] : []), octetString(value));

/** dNSName or iPAddress (RFC 5280, 4.2.1.6). */
const generalName = (host: string): Buffer =>
  isIP(host) ? der(0x87, addressBytes(host)) : der(0x82, Buffer.from(host));

/** The 4 or 16 bytes of an IP address. */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // a URL spells it in groups of hexadecimal digits alone, whatever form it had
  const spelled = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = spelled.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = new Array<string>(8 - head.length - tail.length).fill("0");
  const groups = [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}
