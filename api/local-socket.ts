/** What both ends of the agent's local socket have to agree on. */
import { join, relative, resolve } from "node:path";

/** Where the socket of an agent is that was not told another place. */
export const defaultSocket = (data: string): string => join(data, "agent.sock");

/**
 * The header in which a command says who runs it. Its value is a name for the record and proves nothing: whoever may
 * open the socket is the agent's own user or root.
 */
export const userHeader = "hgscim-user";

/** Bytes of the longest path: `sockaddr_un` holds 104 on macOS, 108 on Linux, with the final zero. */
export const longestSocketPath = 103;

/** The socket's path as bind and connect take it: from here, where that is shorter. */
export function socketAddress(socket: string): string {
  const fromHere = relative(process.cwd(), resolve(socket));
  return fromHere.length < socket.length ? fromHere : socket;
}
