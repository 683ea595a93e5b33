/** Listening on an address of the configuration, which other hosts may reach. */
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Listener } from "../config.ts";

/**
 * Starts listening.
 *
 * @returns the address as `https://host:port`
 * @throws {Error} with a sentence: another program listens there
 */
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
