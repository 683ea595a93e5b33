/** Listening on an address of the configuration, which other hosts may reach. */
import { type AddressInfo, isIP } from "node:net";
import type { FastifyInstance } from "fastify";
import { isLoopback } from "../../model/environment/common.ts";
import type { Listener } from "../config-parts.ts";

/**
 * Starts listening.
 *
 * @param handedOver a socket that listens already, held by a service manager
 * @returns the address as `https://host:port`
 * @throws {Error} with a sentence: another program listens there, or the socket is one of another address
 */
export async function listen(
  server: FastifyInstance,
  { listen, tls }: Listener,
  handedOver?: number,
): Promise<string> {
  const host = hostOf(listen);
  const scheme = tls === "off" ? "http" : "https";
  try {
    const address = host.replace(/^\[|\]$/g, "");
    const where =
      handedOver === undefined
        ? { host: address, port: Number(listen.slice(host.length + 1)) }
        : // a name would have fastify listen at all of its addresses besides
          { host: "127.0.0.1", fd: handedOver };
    await server.listen({
      ...where,
      // fastify knows nothing of the server that it was given
      listenTextResolver: (address) => `listening at ${address.replace(/^http:/, `${scheme}:`)}`,
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`cannot listen on ${listen}: ${code === "EADDRINUSE" ? "another program does" : code}`);
  }
  const { address, port } = server.server.address() as AddressInfo;
  if (handedOver !== undefined && !(`${host}:${port}` === listen && isSame(host, address)))
    throw new Error(
      `the socket that was handed over listens on ${address}:${port} (expected ${listen}, as agent.yaml says)`,
    );
  return `${scheme}://${host}:${port}`;
}

/** Whether a socket is of a host: a name cannot be compared, and is loopback or not. */
function isSame(host: string, address: string): boolean {
  const configured = host.replace(/^\[|\]$/g, "");
  if (isIP(configured) !== 0) return configured === address || (configured === "0.0.0.0" && address === "::");
  return !isLoopback(host) || isLoopback(address.includes(":") ? `[${address}]` : address);
}

/** The host of an address `host:port`; that of IPv6 stands in brackets. */
export function hostOf(listen: string): string {
  return listen.slice(0, listen.lastIndexOf(":"));
}
