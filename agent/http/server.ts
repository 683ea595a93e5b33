/** What all listeners share: an HTTP server with bounds, on an address or a socket, with or without TLS. */
import { createServer, type ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  fastify,
  LogController,
} from "fastify";
import { maxBodyBytes } from "../../scim/json.ts";
import type { Listener } from "../config.ts";
import { ClientErrors, type ErrorForm } from "./errors.ts";
import { type CertificateSource, makeTlsServer } from "./tls/server.ts";

const serverOptions = {
  /** Milliseconds for a whole request to arrive. */
  requestTimeout: 120_000,
  /** Milliseconds for which an idle connection is kept: longer than most proxies do, who must not meet a closed one. */
  keepAliveTimeout: 72_000,
} satisfies ServerOptions;

/**
 * A server, not listening yet. Bodies reach the routes as bytes, whatever their type claims.
 *
 * @param certificate none for plain http
 * @param form of the errors that come before any route
 * @throws {Error} with a sentence when the certificate cannot be used
 */
export function makeServer(
  certificate: CertificateSource | undefined,
  log: FastifyBaseLogger,
  form: ErrorForm,
): FastifyInstance {
  const unreadable = new ClientErrors(form);
  const server = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: maxBodyBytes,
    // as long as a name may be
    routerOptions: { maxParamLength: 2_048 },
    // a HEAD for every GET would be routes nobody asked for
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    clientErrorHandler: (error, socket) => void unreadable.handle(error, socket),
    frameworkErrors: (_error, _request, { raw }) => {
      const body = JSON.stringify(form.body(400, "the address is not percent-encoded UTF-8"));
      raw.writeHead(400, { "Content-Type": form.type, "Content-Length": Buffer.byteLength(body) }).end(body);
    },
    serverFactory: (handler) =>
      certificate
        ? makeTlsServer(handler, certificate, serverOptions, log)
        : createServer(serverOptions, handler),
  } satisfies FastifyServerOptions);
  server.addHook("onRequest", async ({ raw }, reply) => unreadable.note(raw, reply.raw));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  return server;
}

/** Starts listening; returns the address as `https://host:port`. */
export async function listen(server: FastifyInstance, { listen, tls }: Listener): Promise<string> {
  const host = hostOf(listen);
  const scheme = tls === "off" ? "http" : "https";
  try {
    await server.listen({
      host: host.replace(/^\[|\]$/g, ""),
      port: Number(listen.slice(host.length + 1)),
      // fastify knows nothing of the server that it was given
      listenTextResolver: (address) => `listening at ${address.replace(/^http:/, `${scheme}:`)}`,
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`cannot listen on ${listen}: ${code === "EADDRINUSE" ? "another program does" : code}`);
  }
  const { port } = server.server.address() as AddressInfo;
  return `${scheme}://${host}:${port}`;
}

/** The host of an address `host:port`; that of IPv6 stands in brackets. */
export function hostOf(listen: string): string {
  return listen.slice(0, listen.lastIndexOf(":"));
}
