/** A TCP relay before the host that can stop an upload in the middle, as a slow line does. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class HeldUpload {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #held: Socket | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Relays to the host at `url`, all but the bodies of `unbundle` requests, which wait for {@link resume}. */
  static async before(url: string): Promise<HeldUpload> {
    const { hostname, port } = new URL(url);
    const server = createServer();
    const relay = new HeldUpload(server);
    server.on("connection", (client) => {
      const upstream = connect(Number(port), hostname);
      for (const socket of [client, upstream]) {
        relay.#sockets.add(socket);
        socket.on("error", () => socket.destroy());
      }
      upstream.pipe(client);
      client.on("data", (chunk: Buffer) => {
        upstream.write(chunk);
        if (!chunk.includes("?cmd=unbundle")) return;
        relay.#held = client;
        client.pause();
      });
      client.on("end", () => upstream.end());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends on the rest of the upload. */
  resume(): void {
    this.#held?.resume();
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
