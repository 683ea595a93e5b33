/** Where a request comes from, in the one form in which it is counted. */
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { sourceOf } from "../../../agent/authentication/source.ts";

const proxy = { remoteAddress: "127.0.0.1" } as Socket;

test.each([
  ["an IPv4 address is itself", "192.0.2.1", "192.0.2.1"],
  ["of IPv6 it is the network", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["however it is written", "2001:0DB8:1:2::", "2001:db8:1:2::/64"],
  ["with zeros in it", "2001:db8::1", "2001:db8::/64"],
  ["with a dotted end", "2001:db8:1:2::192.0.2.1", "2001:db8:1:2::/64"],
  ["loopback too", "::1", "::/64"],
  ["a mapped address is that of IPv4", "::ffff:192.0.2.1", "192.0.2.1"],
  ["in capitals", "::FFFF:192.0.2.1", "192.0.2.1"],
  ["in hexadecimal digits", "::ffff:c000:201", "192.0.2.1"],
  ["and with all its zeros", "0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
  ["an interface of this host is no part of it", "fe80::1%eth0", "fe80::/64"],
  ["whatever its name", "fe80::1%eth0.100-a", "fe80::/64"],
  ["of a mapped address too", "::ffff:192.0.2.1%eth0", "192.0.2.1"],
])("%s: %s", (_, address, source) => {
  expect(sourceOf({ ip: address, socket: proxy })).toBe(source);
});

test.each([
  ["a word", "unknown"],
  ["a name", "client.example.com"],
  ["nothing", ""],
  ["a port beside it", "192.0.2.1:4711"],
  ["brackets", "[2001:db8::1]"],
  ["octal digits", "010.0.0.1"],
  ["one number", "3221225985"],
  ["hexadecimal digits", "0xc0.0.2.1"],
  ["a network", "2001:db8::/64"],
])("with %s a proxy says no address, and is counted itself: %s", (_, said) => {
  expect(sourceOf({ ip: said, socket: proxy })).toBe("127.0.0.1");
});
