/** Where a request comes from, as far as attempts are counted: one address, or one network of IPv6. */
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import ipaddr from "ipaddr.js";

/**
 * The source of a request, whose `ip` is what a proxy says where the listener has one. A proxy that says something else
 * than an address is counted itself.
 *
 * @returns an IPv4 address, or the /64 network of an IPv6 address (RFC 5952): one customer has all of it
 */
export function sourceOf({ ip, socket }: Pick<FastifyRequest, "ip" | "socket">): string {
  return networkOf(isIP(ip) ? ip : (socket.remoteAddress ?? ""));
}

function networkOf(address: string): string {
  // behind % stands an interface of this host (RFC 4007, section 11), in more forms than the library knows
  const [text = ""] = address.split("%");
  if (!ipaddr.IPv6.isValid(text)) return text;
  const read = ipaddr.process(text);
  return read.kind() === "ipv4" ? String(read) : `${ipaddr.IPv6.networkAddressFromCIDR(`${text}/64`)}/64`;
}
