/** HTTP servers of tests on loopback: how they begin and end. */
import type { Server as PlainServer } from "node:http";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";

/** Listens on a port, 0 for any free one; answers which. */
export async function listenOn(server: PlainServer | Server, port = 0): Promise<number> {
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** Ends it with all of its connections. */
export async function endServer(server: PlainServer | Server | undefined): Promise<void> {
  if (!server) return;
  const closed = new Promise((done) => server.close(done));
  server.closeAllConnections();
  await closed;
}
