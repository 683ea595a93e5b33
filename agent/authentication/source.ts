/** Where a request comes from, as far as attempts are counted: one address, or one network of IPv6. */
import { isIP, isIPv4 } from "node:net";
import type { FastifyRequest } from "fastify";

/**
 * The source of a request. `X-Forwarded-For` is believed only of a proxy on this host, which adds the address that it sees
 * at the end; whatever stands before it may be the client's own invention.
 *
 * @param proxied whether the listener speaks plain http, which it does on loopback alone, to a proxy
 * @returns an IPv4 address, or the /64 network of an IPv6 address: one customer has all of it
 */
export function sourceOf({ headers, ip }: Pick<FastifyRequest, "headers" | "ip">, proxied: boolean): string {
  const forwarded = proxied
    ? String(headers["x-forwarded-for"] ?? "")
        .split(",")
        .at(-1)
        ?.trim()
    : undefined;
  return networkOf(forwarded !== undefined && isIP(forwarded) ? forwarded : (ip ?? ""));
}

function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [text = ""] = address.split("%");
  const mapped = /^::ffff:([\d.]+)$/i.exec(text)?.[1];
  if (mapped !== undefined && isIPv4(mapped)) return mapped;
  // one form for each address; a dotted end is two groups there
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const groups = (part: string | undefined) => (part ? part.split(":") : []);
  const zeros = Math.max(0, 8 - groups(head).length - groups(tail).length);
  const all = [...groups(head), ...Array<string>(zeros).fill("0"), ...groups(tail)];
  return `${all.slice(0, 4).join(":")}::/64`;
}
