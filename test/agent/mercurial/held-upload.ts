/** A TCP relay before the host that can stop an upload in the middle, as a slow line does. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

const longerThanHeaders = 4096;

export class HeldUpload {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #held: Socket | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Relays to the host at `url`; the bodies of `unbundle` requests wait for {@link resume} once they have begun, so
   * that the host has the arguments which may stand before the bundle (`httppostargs`).
   */
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
      let uploading = false;
      client.on("data", (chunk: Buffer) => {
        upstream.write(chunk);
        uploading ||= chunk.includes("?cmd=unbundle");
        if (!uploading || chunk.length < longerThanHeaders) return;
        uploading = false;
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
