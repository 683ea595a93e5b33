/**
 * A server that keeps Terraform states, each with a lock.
 *
 * Source: Terraform, "Backend Type: http".
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpState {
  readonly url: string;
  /** By path. */
  readonly states: Map<string, string>;
  readonly locks: Map<string, string>;
  /** Each request, as `LOCK /local`. */
  readonly requests: string[];
  stop(): void;
}

export async function startHttpState(): Promise<HttpState> {
  const states = new Map<string, string>();
  const locks = new Map<string, string>();
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.push(`${request.method} ${pathname}`);
    const answer = (status: number, text = "") => response.writeHead(status).end(text);
    switch (request.method) {
      case "GET":
        return answer(states.has(pathname) ? 200 : 404, states.get(pathname));
      case "POST":
        states.set(pathname, body);
        return answer(200);
      case "LOCK":
        if (locks.has(pathname)) return answer(423, locks.get(pathname));
        locks.set(pathname, body);
        return answer(200);
      case "UNLOCK":
        locks.delete(pathname);
        return answer(200);
      default:
        return answer(405);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, states, locks, requests, stop };
}
