/** What all listeners share: an HTTP server with bounds, with or without TLS. */
import { createServer, type Server, type ServerOptions } from "node:http";
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  fastify,
  LogController,
} from "fastify";
import type { Milliseconds } from "../../model/time.ts";
import { ClientErrors } from "./client-errors.ts";
import type { ErrorForm } from "./error-form.ts";
import type { ServedCertificate } from "./tls/served.ts";
import { makeTlsServer } from "./tls/server.ts";

export interface ServerSettings {
  /** Plain http without one. */
  readonly certificate?: ServedCertificate | undefined;
  /** Whether each request comes from a proxy on this host, which adds to `X-Forwarded-For` where it has it from. */
  readonly behindProxy?: boolean;
  /** The largest body, in bytes. */
  readonly bodyLimit: number;
  /** How the errors are worded that come before any route. */
  readonly form: ErrorForm;
}

/** The time for a whole request to arrive. */
const requestTimeout: Milliseconds = 120_000;

/** How long an idle connection is kept: longer than most proxies do, who must not meet a closed one. */
const keepAliveTimeout: Milliseconds = 72_000;

/** How long requests that have begun may go on when the server is closed: a provider is answered what became of its write. */
const grace: Milliseconds = 5_000;

/** Characters of a part of a path that a route takes for a parameter: as many as a name may have. */
const maxParamLength = 2_048;

/** A server, not listening yet. Bodies reach the routes as bytes, whatever their type claims. */
export function makeServer(
  { certificate, behindProxy = false, bodyLimit, form }: ServerSettings,
  log: FastifyBaseLogger,
): FastifyInstance {
  const unreadable = new ClientErrors(form);
  const options: ServerOptions = { requestTimeout, keepAliveTimeout };
  const server = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    // one hop and no more: whatever stands before what the proxy adds may be the client's own invention
    trustProxy: behindProxy && ((_address, hop) => hop === 0),
    routerOptions: { maxParamLength },
    // a HEAD for every GET would be routes nobody asked for
    exposeHeadRoutes: false,
    // what has come is answered, by a connection that ends with it; a 503 of fastify's own would be no SCIM error
    forceCloseConnections: "idle",
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => void unreadable.handle(error, socket),
    frameworkErrors: (_error, _request, { raw }) => {
      const body = JSON.stringify(form.body(form.of(400, "the address is not percent-encoded UTF-8")));
      raw
        .writeHead(400, { "Content-Type": form.type(), "Content-Length": Buffer.byteLength(body) })
        .end(body);
    },
    serverFactory: (handler) =>
      certificate ? makeTlsServer(handler, certificate, options) : createServer(options, handler),
  } satisfies FastifyServerOptions);
  server.addHook("onRequest", async ({ raw }, reply) => unreadable.note(raw, reply.raw));
  server.addHook("preClose", async () => {
    const end = setTimeout(() => (server.server as Server).closeAllConnections(), grace).unref();
    server.server.once("close", () => clearTimeout(end));
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  return server;
}
