/**
 * An HTTPS server whose certificate can be replaced while it runs. Whether the files have changed is looked up at each
 * new connection, which then gets the new certificate; connections that are open keep theirs.
 */
import { statSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { FastifyBaseLogger } from "fastify";
import type { Milliseconds } from "../../../model/time.ts";
import { type Pair, type PairFiles, readPair } from "./pair.ts";

export interface CertificateSource {
  readonly files: PairFiles;
  /** Puts the files right where that is due. May throw. */
  readonly keep?: () => void;
}

/** What is spoken: TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only (RFC 9325, section 4.2). */
const protocol = {
  minVersion: "TLSv1.2",
  ciphers: [
    ...["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"],
    ...["ECDHE+AESGCM", "ECDHE+CHACHA20"],
  ].join(":"),
} as const;

/** The time for a handshake. */
const handshakeTimeout: Milliseconds = 10_000;

/**
 * Makes a server with the certificate of a source, not listening yet.
 *
 * @throws {Error} with a sentence when there is no usable certificate
 */
export function makeTlsServer(
  handler: RequestListener,
  { files, keep }: CertificateSource,
  options: ServerOptions,
  log: FastifyBaseLogger,
): Server {
  keep?.();
  let seen = stamp(files);
  const server = createServer({ ...options, ...protocol, handshakeTimeout, ...load(files, log) }, handler);
  // before Node's own listener, which starts the handshake
  server.prependListener("connection", () => {
    try {
      keep?.();
      const now = stamp(files);
      if (now === seen) return;
      // also when what is there now is no good: it is said once, not at every connection
      seen = now;
      server.setSecureContext({ ...protocol, ...load(files, log) });
      log.info({ certificate: files.certificate }, "the certificate was replaced");
    } catch (error) {
      log.error(`${(error as Error).message}: the listener goes on with the certificate that it has`);
    }
  });
  return server;
}

function load(files: PairFiles, log: FastifyBaseLogger): Pick<Pair, "cert" | "key"> {
  const { cert, key, x509 } = readPair(files);
  // by the system's clock, as near as we have it to those of the clients
  if (Date.parse(x509.validTo) < Date.now())
    log.warn(`the certificate ${files.certificate} has expired (${x509.validTo}): clients will refuse it`);
  return { cert, key };
}

/** Differs when either file is another one or was written to; a file that is not there counts as well. */
function stamp({ certificate, key }: PairFiles): string {
  return [certificate, key]
    .map((file) => {
      const found = statSync(file, { bigint: true, throwIfNoEntry: false });
      return found ? [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join() : "none";
    })
    .join(" ");
}
