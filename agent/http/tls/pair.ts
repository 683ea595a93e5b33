/** A certificate with those of its chain and its private key, as files. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { certificateNames } from "../../../model/certificate-names.ts";
import { systemReason } from "../../../model/system-error.ts";
import type { Time } from "../../../model/time.ts";

export interface PairFiles {
  /** The certificate, PEM; those of intermediate authorities may follow it. */
  readonly certificate: string;
  /** Its private key, PEM. */
  readonly key: string;
}

export interface Pair {
  /** What clients are sent, PEM: the certificate and the others. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The server's own certificate: the first one of the file that the key is of. */
  readonly x509: X509Certificate;
  /** What follows it in the file; nothing behind one that is its own authority. */
  readonly others: readonly X509Certificate[];
}

/**
 * Reads a pair and looks whether it is one.
 *
 * @throws {Error} with a sentence that names the file and nothing of its content
 */
export function readPair(files: PairFiles): Pair {
  return pairOf(read("the certificate", files.certificate), read("the private key", files.key), files);
}

/**
 * The same of what was read already.
 *
 * @throws {Error} as above
 */
export function pairOf(cert: Buffer, key: Buffer, files: PairFiles): Pair {
  const all = certificatesIn(cert, files.certificate);
  const privateKey = parse(
    `${files.key} is no private key (expected PEM, without a passphrase)`,
    (): KeyObject => createPrivateKey(key),
  );
  // the next certificate may lie behind the one that is shown: which one it is, the key says, so that one rename replaces the pair
  const x509 = all.find(
    (one, index) => (index === 0 || hostsNamed(one).length > 0) && one.checkPrivateKey(privateKey),
  );
  if (!x509) throw new Error(`${files.key} is not the private key of the certificate ${files.certificate}`);
  // whoever connects needs no others of one that is its own authority: those are for who trusts what the file holds
  const isAlone = isOwnAuthority(x509) && x509.verify(x509.publicKey);
  const others = isAlone ? [] : all.slice(all.indexOf(x509) + 1);
  return { cert: Buffer.from([x509, ...others].join("")), key, x509, others };
}

/** The names and addresses that a certificate is for. */
export function hostsNamed({ subjectAltName }: X509Certificate): string[] {
  return certificateNames(subjectAltName);
}

/** Whether it is its own authority. What such a one says of its end is asked of it alone, and not at the end of a chain. */
export function isOwnAuthority({ subject, issuer }: X509Certificate): boolean {
  return subject === issuer;
}

/** The certificates that whoever connects judges by their time. */
export function judgedByTime({ x509, others }: Pick<Pair, "x509" | "others">): readonly X509Certificate[] {
  return [x509, ...others.filter((one) => !isOwnAuthority(one))];
}

/** When the first of them ends. */
export function certificateEnd(pair: Pick<Pair, "x509" | "others">): Time {
  return Math.min(...judgedByTime(pair).map(({ validTo }) => Date.parse(validTo)));
}

/** All of a file, of which the end must not be missing. */
function certificatesIn(pem: Buffer, file: string): [X509Certificate, ...X509Certificate[]] {
  const text = pem.toString("latin1");
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const begun = text.match(/-----BEGIN CERTIFICATE-----/g) ?? [];
  const none = `${file} is no certificate (expected PEM)`;
  const [first, ...others] = parse(none, () => blocks.map((block) => new X509Certificate(block)));
  if (!first) throw new Error(none);
  if (blocks.length < begun.length) throw new Error(`${file} ends within a certificate (expected all of it)`);
  return [first, ...others];
}

function read(what: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${what} ${file} cannot be read: ${systemReason(error)}`);
  }
}

function parse<T>(otherwise: string, attempt: () => T): T {
  try {
    return attempt();
  } catch {
    throw new Error(otherwise);
  }
}
