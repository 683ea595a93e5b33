/**
 * An HTTPS server whose certificate can be replaced while it runs. Whether the files have changed is looked up at each
 * new connection too, which then gets the new certificate; connections that are open keep theirs.
 */
import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { Milliseconds } from "../../../model/time.ts";
import { protocol } from "./protocol.ts";
import type { ServedCertificate } from "./served.ts";

/** The time for a handshake. */
const handshakeTimeout: Milliseconds = 10_000;

/** Makes a server with a certificate, not listening yet. */
export function makeTlsServer(
  handler: RequestListener,
  served: ServedCertificate,
  options: ServerOptions,
): Server {
  const { cert, key } = served.pair;
  const server = createServer({ ...options, ...protocol, handshakeTimeout, cert, key }, handler);
  served.onReplaced(({ cert, key }) => server.setSecureContext({ ...protocol, cert, key }));
  // before Node's own listener, which starts the handshake
  server.prependListener("connection", () => served.look());
  return server;
}
