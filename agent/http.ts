/** What both listeners share: an HTTP server with bounds, on an address, with or without TLS. */
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  fastify,
  LogController,
} from "fastify";
import type { Listener } from "./config.ts";
import { maxBodyBytes } from "./scim/json.ts";

/** Milliseconds for a whole request to arrive. */
const requestTimeout = 120_000;

/** A server for a listener, not listening yet. Bodies reach the routes as bytes, whatever their type claims. */
export async function makeServer({ tls }: Listener, log: FastifyBaseLogger): Promise<FastifyInstance> {
  const options = {
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: maxBodyBytes,
    requestTimeout,
    // a HEAD for every GET would be routes nobody asked for
    exposeHeadRoutes: false,
    forceCloseConnections: true,
  } satisfies FastifyServerOptions;
  // the two kinds of server differ in type only
  const server: FastifyInstance = tls
    ? (fastify({
        ...options,
        https: { cert: await readFile(tls.certificate), key: await readFile(tls.key) },
      }) as unknown as FastifyInstance)
    : fastify(options);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  return server;
}

/** Starts listening; returns the address as `http://host:port`. */
export async function listen(server: FastifyInstance, { listen, tls }: Listener): Promise<string> {
  const separator = listen.lastIndexOf(":");
  const host = listen.slice(0, separator);
  try {
    await server.listen({ host: host.replace(/^\[|\]$/g, ""), port: Number(listen.slice(separator + 1)) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`cannot listen on ${listen}: ${code === "EADDRINUSE" ? "another program does" : code}`);
  }
  const { port } = server.server.address() as AddressInfo;
  return `${tls ? "https" : "http"}://${host}:${port}`;
}
