/** Servers as a release names them, of which each has one thing wrong with it. */
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createPlainServer, type Server as PlainServer } from "node:net";
import { type CertificateOptions, selfSignedCertificate } from "../../../x509/self-signed.ts";

/** All that a test started, to be ended together. */
export class Servers {
  readonly #all: (Server | PlainServer)[] = [];
  /** The certificates that whoever asks trusts, PEM. */
  readonly trusted: string[] = [];
  /** As agent.yaml names them. */
  readonly hosts: string[] = [];

  /** Speaks http on loopback. */
  plain(listener: RequestListener): Promise<string> {
    return this.#listen(createServer(listener), "http");
  }

  /** Speaks https by a certificate of its own, which is trusted unless it is said. */
  tls(
    listener: RequestListener,
    { trust = true, ...options }: CertificateOptions & { readonly trust?: boolean } = {},
  ): Promise<string> {
    // each of a name of its own, by which its authority is found
    const { hosts = ["localhost"] } = options;
    const own = `server-${this.#all.length}.example`;
    const { pem, key } = selfSignedCertificate({ ...options, hosts: [own, ...hosts] });
    if (trust) this.trusted.push(pem);
    return this.#listen(createTlsServer({ cert: pem, key }, listener), "https");
  }

  /** Takes connections and says nothing. */
  silent(): Promise<string> {
    return this.#listen(
      createPlainServer((socket) => void socket.resume()),
      "http",
    );
  }

  /** Where nobody listens any more. */
  async closed(): Promise<string> {
    const origin = await this.plain(() => undefined);
    await end(this.#all.pop());
    return origin;
  }

  async #listen(server: Server | PlainServer, scheme: string): Promise<string> {
    this.#all.push(server);
    await new Promise<void>((done) => server.listen(0, done));
    const { port } = server.address() as AddressInfo;
    this.hosts.push(`localhost:${port}`);
    return `${scheme}://localhost:${port}`;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map(end));
  }
}

async function end(server: Server | PlainServer | undefined): Promise<void> {
  if (!server) return;
  const closed = new Promise((done) => server.close(done));
  if ("closeAllConnections" in server) server.closeAllConnections();
  await closed;
}

/** Answers JSON at a path, and 404 elsewhere. */
export function json(
  bodies: Readonly<Record<string, unknown>>,
  headers: Record<string, string> = {},
): RequestListener {
  return ({ url = "" }, response) => {
    const body = bodies[url];
    response.writeHead(body === undefined ? 404 : 200, headers);
    response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
  };
}
