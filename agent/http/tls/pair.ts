/** A certificate and its private key, as files. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { systemReason } from "../../../model/system-error.ts";

export interface PairFiles {
  /** The certificate, PEM; those of intermediate authorities may follow it. */
  readonly certificate: string;
  /** Its private key, PEM. */
  readonly key: string;
}

export interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The first certificate of the file: the server's own. */
  readonly x509: X509Certificate;
}

/**
 * Reads a pair and looks whether it is one.
 *
 * @throws {Error} with a sentence that names the file and nothing of its content
 */
export function readPair(files: PairFiles): Pair {
  const cert = read("the certificate", files.certificate);
  const key = read("the private key", files.key);
  const x509 = parse(
    `${files.certificate} is no certificate (expected PEM)`,
    () => new X509Certificate(cert),
  );
  const privateKey = parse(`${files.key} is no private key (expected PEM, without a passphrase)`, () =>
    createPrivateKey(key),
  );
  if (!x509.checkPrivateKey(privateKey))
    throw new Error(`${files.key} is not the private key of the certificate ${files.certificate}`);
  return { cert, key, x509 };
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
