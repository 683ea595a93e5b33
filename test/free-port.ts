/**
 * A port of loopback that nobody listens on. It lies below those that systems give to clients and to who asks for any
 * (32768 and up on Linux, 49152 elsewhere): a connection may take one of those before its server does, and who asks
 * whether somebody listens there may be answered by itself.
 */
import { createServer } from "node:net";

export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer().once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
